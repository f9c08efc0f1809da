"""How pages look, on a screen of any width and on A4."""

from typing import Final

from trainer.reports.theme import FONT, VERMILION

STYLE: Final = f"""
body {{ font: 16px/1.5 {FONT}; color: #222; background: white; max-width: 760px; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.7rem; line-height: 1.2; }} h2 {{ margin-top: 3rem; border-bottom: 1px solid #ccc; }}
h3 {{ margin: 0; }} nav ul {{ columns: 2; column-gap: 2.5rem; padding-left: 1.2rem; }} nav li {{ break-inside: avoid; }}
figcaption, .source {{ color: #595959; font-size: .85rem; }}
.synthetic {{ background: #fff3d6; border-left: 5px solid {VERMILION}; padding: .5rem .8rem; }}
@media print {{ nav {{ display: none; }} h2, h3 {{ break-after: avoid; }} }}
"""
