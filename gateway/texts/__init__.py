"""What the page says, in the languages it speaks: English in the code, other languages in this folder's PO files.

A text's English is its key, as in gettext. A test finds the texts in code and templates, where they stand as literals
given to ``say``, and holds the files to be whole. What a service says in words of its own (rules broken, what changed)
is in English everywhere, but for words that never change: the catalogue's, and those the test names.
"""

from gateway.texts.language import ENGLISH, LANGUAGES, Language, preferred

__all__ = ["ENGLISH", "LANGUAGES", "Language", "preferred"]
