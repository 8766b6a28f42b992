"""Check characters of codes, and codes one character away."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# The alphabet and weights of GB 32100: the weighted values of a sound code, with 1 for its check character, sum to a
# multiple of 31. So for a code with one wrong character and each place there is but one character that mends it.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1], np.int16)
INVERSES = np.array([pow(int(weight), -1, 31) for weight in WEIGHTS], np.int16)
PARCEL_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

VALUES = np.full(256, -1, np.int16)
VALUES[np.frombuffer(ALPHABET.encode(), np.uint8)] = np.arange(len(ALPHABET))


def values(codes):
    """The values (n × 18) of codes of 18 bytes; -1 for what is no character of theirs."""
    return VALUES[np.frombuffer("".join(codes).encode(), np.uint8).reshape(-1, 18)]


def is_uscc(codes):
    """Whether each of an Arrow array of texts is a sound code; not where it is null."""
    codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    found = pc.equal(pc.binary_length(codes), 18).fill_null(False).to_numpy(zero_copy_only=False).copy()
    given = values(codes.filter(pa.array(found)).to_pylist())
    found[found] = (given >= 0).all(axis=1) & (given @ WEIGHTS % 31 == 0)
    return pa.array(found)


def mended_usccs(words):
    """Pairs of an unreadable code and each code one character away that may be meant: for a wrong character by the sum,
    for one lost or added by trying all."""
    pairs = []
    swapped = [word for word in words if len(word) == len(word.encode()) == 18]
    given = values(swapped)
    known, is_bad = np.maximum(given, 0), given < 0
    right = (known + (31 - known @ WEIGHTS % 31)[:, None] * INVERSES) % 31
    bad = is_bad.sum(axis=1)[:, None]
    for row, at in np.argwhere((bad == 0) | ((bad == 1) & is_bad)):
        word = swapped[row]
        pairs.append((word, word[:at] + ALPHABET[right[row, at]] + word[at + 1 :]))
    for word in words:
        if len(word) == 17:
            pairs += [(word, word[:at] + letter + word[at:]) for at in range(18) for letter in ALPHABET]
        elif len(word) == 19:
            pairs += [(word, word[:at] + word[at + 1 :]) for at in range(19)]
    return pairs


def near_parcel_ids(text):
    """The parcel ids one character away from an unreadable or unknown one: wrong, lost or added."""
    if len(text) == 20:
        return [text[:at] + text[at + 1 :] for at in range(20)]
    if len(text) == 19:
        return [text[:at] + letter + text[at + 1 :] for at in range(19) for letter in PARCEL_ALPHABET]
    if len(text) == 18:
        return [text[:at] + letter + text[at:] for at in range(19) for letter in PARCEL_ALPHABET]
    return []
