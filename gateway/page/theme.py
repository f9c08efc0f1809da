"""How the page looks: Gradio's plainest theme, fonts of the reader's system, contrast of 4.5:1 everywhere."""

from importlib import resources
from typing import Final

import gradio as gr

SHEETS: Final = ("base", "decision", "charts", "tables", "monitoring", "model", "batch")
"""In this order, for a later one may say more of what an earlier one styles."""
STYLE: Final = "\n".join(
    resources.files(__package__).joinpath("styles", f"{name}.css").read_text(encoding="utf-8") for name in SHEETS
)

ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b6e8a"/>'
    '<path d="M3 11l3-4 3 2 4-5" fill="none" stroke="white" stroke-width="2"/></svg>'
)
_LANGUAGE: Final = """<script>
document.documentElement.lang = "{code}";
for (const [name, value] of [["language", "{code}"], ["languages", ["{code}"]]])
  Object.defineProperty(navigator, name, {{get: () => value}});
</script>"""


def head(code: str) -> str:
    """What a page in that language has in its head: the language, or Gradio's words follow the browser's."""
    return _LANGUAGE.format(code=code)


def theme() -> gr.themes.Base:
    """The theme; it loads nothing from elsewhere."""
    plain = gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    return plain.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_200",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_300",
    )
