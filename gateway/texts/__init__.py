"""What the page says, in the languages it speaks: English in the code, other languages in this folder's PO files.

A text's English is its key, as in gettext; ``pybabel extract`` finds the texts in the code, and a test holds the
files to be whole. What a service says in words of its own (rules broken, what changed) is in English everywhere.
"""

from gateway.texts.language import ENGLISH, LANGUAGES, Language, preferred

__all__ = ["ENGLISH", "LANGUAGES", "Language", "preferred"]
