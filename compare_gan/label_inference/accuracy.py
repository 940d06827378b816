# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How right inferred labels are, where the truth is known. Reports only: nothing learns from it."""

from typing import Any

import numpy as np
import scipy.optimize


def label_accuracy(
    inferred: np.ndarray, known: np.ndarray, true: np.ndarray
) -> dict[str, float | int | None]:
    """The accuracy on the images whose label was hidden, and apart from it on the labelled ones.

    The labelled ones were learned by heart, so their accuracy says little.

    Args:
      inferred: int [n].
      known: int [n], the labels that were used, −1 where hidden.
      true: int [n], −1 where the truth is unknown.

    Returns:
      "accuracy_hidden" and "accuracy_labelled", fractions or None where there are no such images,
      and "hidden_count" and "labelled_count".
    """
    facts: dict[str, float | int | None] = {}
    for name, chosen in (("hidden", known < 0), ("labelled", known >= 0)):
        chosen = chosen & (true >= 0)
        right = (inferred == true)[chosen]
        facts[f"accuracy_{name}"] = float(right.mean()) if chosen.any() else None
        facts[f"{name}_count"] = int(chosen.sum())
    return facts


def cluster_agreement(clusters: np.ndarray, true: np.ndarray) -> dict[str, Any]:
    """How well clusters agree with classes.

    With counts[c, t] images of class t in cluster c, of n in all:

        purity           = Σ_c max_t counts[c, t] / n
        accuracy_matched = max over one-to-one assignments a of Σ_c counts[c, a(c)] / n
        normalized_mutual_information = I(clusters; classes) / ½ (H(clusters) + H(classes))

    The best assignment is the Hungarian method's; clusters beyond the number of classes, or classes
    beyond that of clusters, go without.

    Args:
      clusters: int [n].
      true: int [n], −1 where the truth is unknown.

    Returns:
      The three by name, and "judged_count", of images whose truth is known; {} if there are none.
    """
    from sklearn.metrics import normalized_mutual_info_score  # takes a second to import

    chosen = true >= 0
    clusters, true = clusters[chosen], true[chosen]
    if not len(true):
        return {}
    counts = np.zeros([clusters.max() + 1, true.max() + 1], np.int64)
    np.add.at(counts, (clusters, true), 1)
    matched = counts[scipy.optimize.linear_sum_assignment(counts, maximize=True)].sum()
    return {
        "purity": float(counts.max(axis=1).sum() / len(true)),
        "accuracy_matched": float(matched / len(true)),
        "normalized_mutual_information": float(normalized_mutual_info_score(true, clusters)),
        "judged_count": len(true),
    }
