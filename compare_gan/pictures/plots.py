# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Plots of labels and scores, as pictures.

Only matplotlib's `Figure` is used: `pyplot` keeps state of its own, and may want a screen.
"""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator, PercentFormatter
from PIL import Image

from compare_gan.pictures.annotations import COLOURS, INK, RIGHT, WRONG

_DPI = 120
_FONT = 11
_MOST_COUNTS = 20
_MOST_NAMES = 60
_LONGEST_NAME = 18
_WIDEST_MATRIX = 9.0
_BINS = 20
_REFERENCE_COLOURS = (INK, "#777777", "#AAAAAA")
_REFERENCE_STYLES = ("--", ":", "-.", (0, (10, 3)))
# A bar this much lower than the highest one can no longer be seen.
_LOG_RATIO = 50
_MARKERS = "osD^v*<>ph"


def confusion_counts(
    true_labels: np.ndarray,
    predicted_labels: np.ndarray,
    num_classes: int,
    num_predicted: int | None = None,
) -> np.ndarray:
    """How often each class was taken for each: counts[t, p] = #{i : true_i = t, predicted_i = p}.

    Args:
      true_labels: int [n] in 0 … num_classes − 1.
      predicted_labels: int [n] in 0 … num_predicted − 1.
      num_classes: How many classes there are.
      num_predicted: How many can be predicted, if that is another number, as with clusters.

    Returns:
      int64 [num_classes, num_predicted].

    Raises:
      ValueError: If the labels' shape, type or values are wrong.
    """
    num_predicted = num_predicted or num_classes
    true_labels = _labels("true", true_labels, num_classes)
    predicted_labels = _labels("predicted", predicted_labels, num_predicted)
    if len(true_labels) != len(predicted_labels):
        raise ValueError(
            f"There are {len(true_labels)} true labels but {len(predicted_labels)} predicted ones."
        )
    places = true_labels * num_predicted + predicted_labels
    return np.bincount(places, minlength=num_classes * num_predicted).reshape(
        num_classes, num_predicted
    )


def confusion_matrix(
    true_labels: np.ndarray,
    predicted_labels: np.ndarray,
    class_names: Sequence[str],
    predicted_names: Sequence[str] | None = None,
) -> np.ndarray:
    """Draws which classes are taken for which.

    A row is a true class, its colours are the fractions of its images. With at most 20 classes the
    counts are written in the cells, with at most 60 the classes' names beside them.

    Args:
      true_labels: int [n]; examples whose truth is unknown (−1) must be left out.
      predicted_labels: int [n].
      class_names: One for each class.
      predicted_names: One for each column, if columns are no classes but, for example, clusters.
        The title then tells the purity, Σ_p max_t counts[t, p] / n, in place of the accuracy.

    Returns:
      uint8 [picture height, picture width, 3].

    Raises:
      ValueError: If there are no labels, or their shape, type or values are wrong.
    """
    columns = class_names if predicted_names is None else predicted_names
    counts = confusion_counts(true_labels, predicted_labels, len(class_names), len(columns))
    total = counts.sum()
    if predicted_names is None:
        title = f"Accuracy {_percent(np.trace(counts) / total)} on {total:,} images"
    else:
        title = f"Purity {_percent(counts.max(axis=0).sum() / total)} on {total:,} images"
    fractions = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows, width = counts.shape
    with_counts = max(rows, width) <= _MOST_COUNTS
    # In inches: what is around the cells is added when the picture is cut out.
    cell = max(0.55 if with_counts else 0.18, 2.5 / max(rows, width))
    if max(rows, width) > _MOST_NAMES:
        cell = _WIDEST_MATRIX / max(rows, width)
    figure = Figure((cell * width, cell * rows), dpi=_DPI)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    # Rare confusions among many classes would be as good as white on a linear scale.
    norm = PowerNorm(1.0 if with_counts else 0.5, 0.0, 1.0)
    shown = axes.imshow(fractions, cmap="Blues", norm=norm, aspect="equal")
    bar_axes = axes.inset_axes((1.0 + 0.15 / (cell * width), 0.0, 0.25 / (cell * width), 1.0))
    bar = figure.colorbar(shown, cax=bar_axes)
    bar_axes.yaxis.set_major_locator(FixedLocator([0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 1.0]))
    bar_axes.yaxis.set_minor_locator(NullLocator())
    bar_axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    bar_axes.tick_params(labelsize=_FONT - 1)
    bar.set_label("of the true class", size=_FONT)
    axes.set_title(title, size=_FONT + 2)
    axes.set_ylabel("true class", size=_FONT)
    axes.set_xlabel("predicted class" if predicted_names is None else "predicted", size=_FONT)
    _name_ticks(axes, class_names, columns, cell)
    if with_counts:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                size = _FONT - 1 if count < 10_000 else _FONT - 3
                colour = "white" if fractions[row, column] > 0.5 else INK
                axes.text(
                    column, row, str(count), ha="center", va="center", size=size, color=colour
                )
    return _picture(figure)


def confidence_histogram(confidences: np.ndarray, right: np.ndarray | None = None) -> np.ndarray:
    """Draws how sure a classifier is of its predictions, and how often rightly.

    Where the counts of bins differ much, their axis is logarithmic; bars for right and wrong then
    stand side by side, since stacked ones would say nothing on that axis.

    Args:
      confidences: Floats [n] in [0, 1].
      right: bool [n], which predictions are right; None if the truth is unknown.

    Returns:
      uint8 [picture height, picture width, 3].

    Raises:
      ValueError: If there are no confidences, they are NaN or outside of [0, 1], or shapes differ.
    """
    confidences = np.asarray(confidences, np.float64)
    if confidences.ndim != 1 or not confidences.size:
        raise ValueError(f"Confidences must be floats [n], n >= 1, received {confidences.shape}.")
    # float32 softmax may sum to a little more than 1.
    if not ((confidences >= -1e-5) & (confidences <= 1 + 1e-5)).all():
        broken = np.count_nonzero(np.isnan(confidences))
        raise ValueError(
            f"Confidences must lie in [0, 1], but they lie in [{np.nanmin(confidences):g}, "
            f"{np.nanmax(confidences):g}] and {broken} are NaN."
            if broken < confidences.size
            else "Confidences must lie in [0, 1], but all are NaN."
        )
    confidences = np.clip(confidences, 0.0, 1.0)
    title = f"{confidences.size:,} predictions, median confidence {np.median(confidences):.3f}"
    if right is None:
        groups = {"predictions": (confidences, RIGHT, None)}
    else:
        right = np.asarray(right)
        if right.shape != confidences.shape or right.dtype != bool:
            raise ValueError(
                f"right must be bool {list(confidences.shape)}, received {right.dtype} "
                f"{list(right.shape)}."
            )
        groups = {
            f"right ({np.count_nonzero(right):,})": (confidences[right], RIGHT, None),
            f"wrong ({np.count_nonzero(~right):,})": (confidences[~right], WRONG, "///"),
        }
        title += f", accuracy {_percent(right.mean())}"
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    counts = [np.histogram(values, edges)[0] for values, *_ in groups.values()]
    filled = np.concatenate(counts)[np.concatenate(counts) > 0]
    logarithmic = filled.max() > _LOG_RATIO * filled.min()

    figure = Figure((8.0, 4.5), dpi=_DPI)
    axes = figure.add_subplot()
    width = 0.9 / _BINS / (len(groups) if logarithmic else 1)
    bottom = np.zeros([_BINS])
    for index, ((name, (_, colour, hatch)), heights) in enumerate(zip(groups.items(), counts)):
        left = edges[:-1] + 0.05 / _BINS + (index * width if logarithmic else 0.0)
        axes.bar(
            left, heights, width, bottom=None if logarithmic else bottom, align="edge",
            color=colour, hatch=hatch, edgecolor="white", linewidth=0.0, label=name,
        )  # fmt: skip
        bottom += heights
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.5)
    if right is not None:
        axes.legend(fontsize=_FONT, loc="upper left")
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks(np.linspace(0.0, 1.0, 11))
    axes.set_xlabel("confidence", size=_FONT)
    axes.set_ylabel("predictions" + (", logarithmic" if logarithmic else ""), size=_FONT)
    axes.set_title(title, size=_FONT + 1)
    _plain(axes)
    return _picture(figure)


def score_plot(
    scores: Mapping[str, Mapping[float, Sequence[float]]],
    references: Mapping[str, Sequence[float]] | None = None,
    score_name: str = "score",
    title: str = "",
    logarithmic: bool = False,
) -> np.ndarray:
    """Draws scores against the fraction of labels: a line a method through the medians over seeds,
    and every single value as a point.

    Args:
      scores: {method: {fraction of labels in (0, 1]: the scores of its seeds}}.
      references: {method: scores} of methods without a fraction, such as the one that sees all
        labels: a horizontal line at the median, with a band from the least to the greatest.
      score_name: What the score is called.
      title: Above the plot.
      logarithmic: Whether the axis of the score is; scores must then be positive.

    Returns:
      uint8 [picture height, picture width, 3].

    Raises:
      ValueError: If there are no scores, some cannot be drawn, or fractions are not in (0, 1].
    """
    references = references or {}
    _check_scores(scores, references, logarithmic)
    figure = Figure((8.0, 5.5), dpi=_DPI)
    axes = figure.add_subplot()
    for index, (name, values) in enumerate(references.items()):
        colour = _REFERENCE_COLOURS[index % len(_REFERENCE_COLOURS)]
        style = _REFERENCE_STYLES[index % len(_REFERENCE_STYLES)]
        axes.axhline(
            np.median(values), color=colour, linestyle=style, linewidth=1.8, label=name, zorder=1
        )
        axes.axhspan(min(values), max(values), color=colour, alpha=0.12, linewidth=0, zorder=0)
    for index, (name, by_fraction) in enumerate(scores.items()):
        colour, marker = COLOURS[index % len(COLOURS)], _MARKERS[index % len(_MARKERS)]
        # Beside each other, so that the points of methods that agree do not hide each other.
        shift = 1.0 + 0.025 * (index - (len(scores) - 1) / 2)
        fractions = np.array(sorted(by_fraction))
        medians = [np.median(by_fraction[fraction]) for fraction in fractions]
        for fraction in fractions:
            values = by_fraction[fraction]
            axes.plot(
                np.full([len(values)], fraction * shift), values, linestyle="", marker=marker,
                markersize=5, color=colour, markerfacecolor="white", zorder=4,
            )  # fmt: skip
        axes.plot(
            fractions * shift, medians, color=colour, marker=marker, markersize=10,
            linestyle=("-", "--")[index // len(COLOURS) % 2], linewidth=2, label=name, zorder=3,
        )  # fmt: skip
    fractions = sorted({fraction for values in scores.values() for fraction in values})
    axes.set_xscale("log")
    axes.set_xlim(fractions[0] / 1.3, fractions[-1] * 1.3)
    axes.xaxis.set_major_locator(FixedLocator(fractions))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{100 * fraction:g}%" for fraction in fractions])
    if logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0, 7.0)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("labelled images (points: seeds, lines: medians)", size=_FONT)
    axes.set_ylabel(score_name, size=_FONT)
    axes.set_title(title, size=_FONT + 2)
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=_FONT, frameon=False,
        borderaxespad=0.0,
    )  # fmt: skip
    _plain(axes)
    return _picture(figure)


def precision_recall_plot(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """Draws a curve of precision over recall.

    Args:
      precision: [points], from 0 to 1.
      recall: [points], from 0 to 1.

    Returns:
      uint8 [picture height, picture width, 3].

    Raises:
      ValueError: If they are not of one length, or not all from 0 to 1.
    """
    if np.ndim(precision) != 1 or np.shape(precision) != np.shape(recall):
        raise ValueError(
            "A curve needs as many values of precision as of recall, received "
            f"{np.shape(precision)} and {np.shape(recall)}."
        )
    for name, values in (("precision", precision), ("recall", recall)):
        values = np.asarray(values)
        if not (np.size(values) and ((values >= 0) & (values <= 1)).all()):
            raise ValueError(f"A curve's {name} must lie in [0, 1], received {values}.")
    figure = Figure((5.0, 5.0), dpi=_DPI)
    axes = figure.add_subplot()
    axes.plot(recall, precision, color=COLOURS[0], linewidth=2)
    axes.fill_between(recall, precision, color=COLOURS[0], alpha=0.12, linewidth=0)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("recall", size=_FONT)
    axes.set_ylabel("precision", size=_FONT)
    _plain(axes)
    return _picture(figure)


def class_bars(values: Mapping[str, float], name: str) -> np.ndarray:
    """Draws one bar for each class, and a line at their mean.

    Args:
      values: The number of each class, by its name; at most 60 are named.
      name: What the numbers are.

    Returns:
      uint8 [picture height, picture width, 3].

    Raises:
      ValueError: If there are no classes, or a number is not finite.
    """
    numbers = np.array(list(values.values()), np.float64)
    if not len(numbers) or not np.isfinite(numbers).all():
        raise ValueError(f"Bars need finite numbers, one a class, received {dict(values)}.")
    figure = Figure((8.0, max(2.5, 0.28 * min(len(numbers), _MOST_NAMES) + 1.2)), dpi=_DPI)
    axes = figure.add_subplot()
    places = np.arange(len(numbers))
    axes.barh(places, numbers, color=COLOURS[0], height=0.8)
    axes.axvline(numbers.mean(), color=INK, linestyle="--", linewidth=1.5)
    axes.invert_yaxis()
    if len(numbers) <= _MOST_NAMES:
        axes.set_yticks(places, [_shortened(label) for label in values], size=_FONT - 2)
    else:
        axes.set_ylabel("class", size=_FONT)
    axes.set_xlabel(f"{name} (line: mean, {numbers.mean():.3g})", size=_FONT)
    _plain(axes)
    return _picture(figure)


def _check_scores(
    scores: Mapping[str, Mapping[float, Sequence[float]]],
    references: Mapping[str, Sequence[float]],
    logarithmic: bool,
) -> None:
    if not scores:
        raise ValueError("A plot of scores needs at least one method, but there are none.")
    for name, by_fraction in scores.items():
        wrong = [fraction for fraction in by_fraction if not 0 < fraction <= 1]
        if wrong or not by_fraction:
            raise ValueError(
                f"{name} must have scores for fractions of labels in (0, 1], received "
                f"{list(by_fraction)}."
            )
    lists = [(name, values) for name, by in scores.items() for values in by.values()]
    for name, values in [*lists, *references.items()]:
        if not len(values) or not np.isfinite(values).all():
            raise ValueError(f"The scores of {name} must be finite, received {list(values)}.")
        if logarithmic and min(values) <= 0:
            raise ValueError(
                f"The scores of {name} must be positive on a logarithmic axis, received "
                f"{list(values)}."
            )


def _labels(kind: str, labels: np.ndarray, count: int) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.ndim != 1 or not labels.size or labels.dtype.kind not in "iu":
        raise ValueError(
            f"The {kind} labels must be whole numbers [n], n >= 1, received {labels.dtype} "
            f"{list(labels.shape)}."
        )
    if labels.min() < 0 or labels.max() >= count:
        raise ValueError(
            f"The {kind} labels must be in 0 … {count - 1}, but they lie in {labels.min()} … "
            f"{labels.max()}; leave out examples without a label."
        )
    return labels.astype(np.int64)


def _percent(fraction: float) -> str:
    """With as many digits as it takes not to call 99.97% perfect."""
    text = f"{100 * fraction:.1f}%"
    return f"{100 * fraction:.2f}%" if text == "100.0%" and fraction < 1 else text


def _name_ticks(axes: Axes, rows: Sequence[str], columns: Sequence[str], cell: float) -> None:
    """The names of classes along both axes; numbers if there are too many."""
    axes.tick_params(labelsize=_FONT - 1)
    most = max(len(rows), len(columns))
    if most > _MOST_NAMES:
        return
    size = _FONT - 1 if most <= _MOST_COUNTS else _FONT - 3
    axes.set_yticks(range(len(rows)), [_shortened(name) for name in rows], size=size)
    names = [_shortened(name) for name in columns]
    # A letter is about 0.6 of the font's size wide, which is in points.
    upright = max(map(len, names)) * 0.6 * size / 72 > cell
    axes.set_xticks(range(len(columns)), names, size=size, rotation=90 if upright else 0)


def _shortened(name: str) -> str:
    name = str(name)
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=_FONT - 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)


def _picture(figure: Figure) -> np.ndarray:
    """Everything that is drawn, with a margin: nothing is cut off, however long names are."""
    FigureCanvasAgg(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, bbox_inches="tight", pad_inches=0.12)
    return np.asarray(Image.open(file).convert("RGB"))
