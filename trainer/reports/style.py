"""How pages look, on a screen of any width and on A4."""

from typing import Final

from trainer.reports.theme import FONT

STYLE: Final = f"""
body {{ font: 16px/1.5 {FONT}; color: #222; background: white; max-width: 720px; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.7rem; line-height: 1.2; }} h2 {{ margin-top: 3rem; border-bottom: 1px solid #ccc; }}
h3 {{ margin: 0; }} nav ul {{ columns: 2; padding-left: 1.2rem; }}
figcaption, .source {{ color: #595959; font-size: .85rem; }}
.synthetic {{ background: #fff3d6; padding: .5rem .8rem; }}
@media print {{ nav {{ display: none; }} }}
"""
