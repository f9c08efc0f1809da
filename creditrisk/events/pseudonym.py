"""Applicants in events, by a pseudonym that only the holder of a key can lead back."""

import hashlib
import hmac


class Pseudonyms:
    """HMAC-SHA256 (RFC 2104) of applicant ids under one key.

    A plain hash would not do: the ids are few enough to hash them all.
    """

    def __init__(self, key: bytes) -> None:
        """Use ``key``, a secret of at least 16 bytes."""
        self._key = key

    def of(self, applicant_id: int) -> str:
        """The pseudonym (64 hex digits) of an applicant: always the same under the same key."""
        return hmac.digest(self._key, str(applicant_id).encode(), hashlib.sha256).hex()
