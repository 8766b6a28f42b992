"""Connected components."""

import numpy as np


def components(count, left, right):
    """The smallest member of each one's component: labels run along the links until nothing changes."""
    label = np.arange(count)
    while True:
        smaller = np.minimum(label[left], label[right])
        following = label.copy()
        np.minimum.at(following, left, smaller)
        np.minimum.at(following, right, smaller)
        following = following[following]
        if (following == label).all():
            return label
        label = following
