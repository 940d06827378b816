# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sklearn import metrics

from compare_gan.pictures import (
    class_bars,
    confidence_histogram,
    confusion_matrix,
    plots,
    precision_recall_plot,
    score_plot,
)


@pytest.fixture
def figure(monkeypatch):
    """The last figure that was drawn, to look into."""
    drawn = []
    original = Figure.savefig

    def keep(self, *arguments, **options):
        drawn.append(self)
        return original(self, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    return lambda: drawn[-1]


def _is_picture(picture):
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    assert min(picture.shape[:2]) > 150 and max(picture.shape[:2]) < 2000
    # Nothing is cut off: the outermost pixels are background.
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert (edge == 255).all()
    assert len(np.unique(picture[:, :, 0])) > 10
    return True


@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@hypothesis.settings(max_examples=50, deadline=None)
@hypothesis.given(st.data())
def test_confusion_counts_are_those_of_scikit_learn(data):
    classes = data.draw(st.integers(1, 6))
    labels = st.lists(st.integers(0, classes - 1), min_size=1, max_size=30)
    true = data.draw(labels)
    predicted = data.draw(
        st.lists(st.integers(0, classes - 1), min_size=len(true), max_size=len(true))
    )
    counts = plots.confusion_counts(np.array(true, np.int32), np.array(predicted), classes)
    expected = metrics.confusion_matrix(true, predicted, labels=range(classes))
    np.testing.assert_array_equal(counts, expected)


def test_confusion_counts_of_clusters_by_hand():
    counts = plots.confusion_counts(np.array([0, 1, 1, 0]), np.array([4, 2, 2, 0]), 2, 5)
    assert counts.tolist() == [[1, 0, 0, 0, 1], [0, 0, 2, 0, 0]]


def test_confusion_matrix_tells_accuracy_and_counts(figure):
    true, predicted = np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 1, 1])
    assert _is_picture(confusion_matrix(true, predicted, ["a", "b", "c"]))
    axes = figure().axes[0]
    assert axes.get_title() == "Accuracy 60.0% on 5 images"
    texts = {tuple(map(round, text.get_position())): text.get_text() for text in axes.texts}
    assert texts == {(0, 0): "2", (1, 0): "1", (1, 1): "1", (1, 2): "1"}
    rows = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(rows, [[2 / 3, 1 / 3, 0], [0, 1, 0], [0, 1, 0]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]


def test_confusion_matrix_of_clusters_tells_their_purity(figure):
    true, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 2])
    assert _is_picture(confusion_matrix(true, predicted, ["a", "b"], ["0", "1", "2"]))
    assert figure().axes[0].get_title() == "Purity 80.0% on 5 images"  # (1 + 2 + 1) / 5


@pytest.mark.parametrize(
    ("classes", "texts", "named"), [(1, True, True), (10, True, True), (60, False, True),
                                    (1000, False, False)],
)  # fmt: skip
def test_confusion_matrix_of_many_classes(figure, classes, texts, named):
    names = [f"class number {index} with a long name" for index in range(classes)]
    labels = np.arange(2 * classes) % classes
    assert _is_picture(confusion_matrix(labels, np.roll(labels, 1), names))
    axes = figure().axes[0]
    assert bool(axes.texts) == texts
    assert ("class number 0 wi…" in [x.get_text() for x in axes.get_yticklabels()]) == named


def test_nearly_all_right_is_not_called_all(figure):
    true = np.zeros([10_000], int)
    predicted = true.copy()
    predicted[0] = 1
    confusion_matrix(true, predicted, ["a", "b"])
    assert "99.99%" in figure().axes[0].get_title()


@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        ([0, -1], [0, 0], r"true labels must be in 0 … 1, but they lie in -1 … 0; leave out"),
        ([0, 1], [0, 2], "predicted labels must be in 0 … 1"),
        ([0, 1], [0], "2 true labels but 1 predicted"),
        ([], [], "n >= 1"),
        ([0.0, 1.0], [0, 1], "whole numbers"),
    ],
)
def test_wrong_labels_are_refused(true, predicted, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(np.array(true), np.array(predicted), ["a", "b"])


def test_histogram_stacks_right_and_wrong(figure):
    confidences = np.array([0.0, 0.51, 0.52, 0.53, 1.0])
    right = np.array([False, True, False, True, True])
    assert _is_picture(confidence_histogram(confidences, right))
    axes = figure().axes[0]
    rights, wrongs = ([bar for bar in bars if bar.get_height()] for bars in axes.containers)
    # [left edge of the bin, bottom, height] of every bar that is there.
    assert [[round(b.get_x(), 2), b.get_y(), b.get_height()] for b in rights] == [
        [0.5, 0, 2],
        [0.95, 0, 1],
    ]
    assert [[round(b.get_x(), 2), b.get_y(), b.get_height()] for b in wrongs] == [
        [0.0, 0, 1],
        [0.5, 2, 1],
    ]
    assert axes.get_yscale() == "linear"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["right (3)", "wrong (2)"]
    assert "median confidence 0.520, accuracy 60.0%" in axes.get_title()


def test_histogram_of_very_different_counts_is_logarithmic_and_not_stacked(figure):
    confidences = np.concatenate([np.full([500], 0.99), [0.3, 0.99]])
    right = np.arange(502) < 500
    assert _is_picture(confidence_histogram(confidences, right))
    axes = figure().axes[0]
    assert axes.get_yscale() == "log"
    heights = [[bar.get_height() for bar in bars if bar.get_height()] for bars in axes.containers]
    assert heights == [[500], [1, 1]]
    edges = sorted(
        (b.get_x(), b.get_x() + b.get_width()) for c in axes.containers for b in c if b.get_height()
    )
    assert all(one[1] <= other[0] + 1e-9 for one, other in zip(edges, edges[1:]))


@pytest.mark.parametrize("right", [None, False, True])
def test_histogram_without_truth_or_without_one_side(figure, right):
    confidences = np.array([0.0, 0.2, 0.2])  # none of them confident
    given = None if right is None else np.full([3], right)
    assert _is_picture(confidence_histogram(confidences, given))
    assert (figure().axes[0].get_legend() is None) == (right is None)


@pytest.mark.parametrize(
    ("confidences", "right", "message"),
    [
        ([0.5, np.nan], None, "1 are NaN"),
        ([np.nan, np.nan], None, "all are NaN"),
        ([0.5, 1.5], None, r"lie in \[0.5, 1.5\]"),
        ([-0.5], None, r"lie in \[-0.5, -0.5\]"),
        ([], None, "n >= 1"),
        ([[0.5]], None, r"n >= 1, received \(1, 1\)"),
        ([0.5], [True, False], r"right must be bool \[1\], received bool \[2\]"),
        ([0.5], [1], "right must be bool"),
    ],
)
def test_wrong_confidences_are_refused(confidences, right, message):
    with pytest.raises(ValueError, match=message):
        confidence_histogram(np.array(confidences), None if right is None else np.array(right))


def test_score_plot_draws_medians_all_points_and_references(figure):
    scores = {
        "one": {0.2: [1.0, 2.0, 9.0], 0.1: [4.0, 3.0, 5.0]},
        "two": {0.1: [7.0]},
    }
    references = {"all labels": [1.0, 0.5, 2.5]}
    assert _is_picture(score_plot(scores, references, "FID", "digits"))
    axes = figure().axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_array_equal(lines["one"].get_ydata(), [4.0, 2.0])
    np.testing.assert_allclose(lines["one"].get_xdata(), [0.1, 0.2], rtol=0.05)
    np.testing.assert_array_equal(lines["two"].get_ydata(), [7.0])
    assert set(lines["all labels"].get_ydata()) == {1.0}
    (band,) = axes.patches
    assert [band.get_y(), band.get_y() + band.get_height()] == [0.5, 2.5]
    points = [y for name, line in lines.items() if name[0] == "_" for y in line.get_ydata()]
    assert sorted(points) == [1, 2, 3, 4, 5, 7, 9]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["10%", "20%"]
    assert axes.get_ylabel() == "FID" and axes.get_title() == "digits"


def test_score_plot_of_many_methods_tells_them_apart(figure):
    scores = {f"method {index}": {0.01: [index], 0.1: [index + 1]} for index in range(12)}
    references = {f"reference {index}": [index] for index in range(8)}
    assert _is_picture(score_plot(scores, references))
    lines = [line for line in figure().axes[0].lines if not line.get_label().startswith("_")]
    # matplotlib calls all dashes of one's own "--".
    looks = {
        (line.get_color(), line.get_marker(), str(line._unscaled_dash_pattern)) for line in lines
    }
    assert len(looks) == len(lines) == 20


@pytest.mark.parametrize(
    ("values", "ticks"),
    [([3.0, 40.0], ["3", "5", "7", "10", "20", "30", "50"]), ([80.1, 80.3], ["80.1", "80.3"])],
)
def test_a_logarithmic_axis_has_plain_numbers(figure, values, ticks):
    assert _is_picture(score_plot({"a": {0.1: values}}, logarithmic=True))
    axes = figure().axes[0]
    assert axes.get_yscale() == "log"
    assert set(ticks) <= {label.get_text() for label in axes.get_yticklabels()}
    with pytest.raises(ValueError, match="scores of b must be positive on a logarithmic axis"):
        score_plot({"a": {0.1: values}}, {"b": [0.0]}, logarithmic=True)


@pytest.mark.parametrize(
    ("scores", "references", "message"),
    [
        ({}, {}, "at least one method"),
        ({"a": {}}, {}, r"a must have scores for fractions"),
        ({"a": {10: [1.0]}}, {}, r"fractions of labels in \(0, 1\], received \[10\]"),
        ({"a": {0.1: [1.0, np.nan]}}, {}, "scores of a must be finite"),
        ({"a": {0.1: []}}, {}, "scores of a must be finite"),
        ({"a": {0.1: [1.0]}}, {"all": [np.inf]}, "scores of all must be finite"),
    ],
)
def test_wrong_scores_are_refused(scores, references, message):
    with pytest.raises(ValueError, match=message):
        score_plot(scores, references)


def test_precision_is_drawn_over_recall(figure):
    precision, recall = np.array([0.0, 0.5, 0.9]), np.array([0.8, 0.6, 0.0])
    assert _is_picture(precision_recall_plot(precision, recall))
    axes = figure().axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), recall)
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), precision)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("recall", "precision")
    # A curve at the borders is seen whole.
    assert axes.get_xlim()[0] == axes.get_ylim()[0] == 0
    assert axes.get_xlim()[1] > 1 and axes.get_ylim()[1] > 1


@pytest.mark.parametrize(
    ("precision", "recall", "message"),
    [
        (
            [0.5, 0.6],
            [0.5],
            r"as many values of precision as of recall, received \(2,\) and \(1,\)",
        ),
        ([[0.5]], [[0.5]], r"received \(1, 1\) and \(1, 1\)"),
        ([0.5, np.nan], [0.5, 0.5], r"precision must lie in \[0, 1\]"),
        ([0.5, 0.5], [0.5, 1.5], r"recall must lie in \[0, 1\]"),
        ([], [], r"precision must lie in \[0, 1\]"),
    ],
)
def test_wrong_curves_are_refused(precision, recall, message):
    with pytest.raises(ValueError, match=message):
        precision_recall_plot(np.array(precision), np.array(recall))


def test_a_bar_a_class_and_their_mean(figure):
    values = {"cat": 1.0, "dog": 4.0, "a very long name of a class": 1.0}
    assert _is_picture(class_bars(values, "distance"))
    axes = figure().axes[0]
    bars = sorted(axes.patches, key=lambda bar: bar.get_y())
    assert [bar.get_width() for bar in bars] == [1.0, 4.0, 1.0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["cat", "dog", "a very long name …"]
    # The first class is on top, and each name beside its own bar.
    assert axes.yaxis_inverted()
    centres = [bar.get_y() + bar.get_height() / 2 for bar in bars]
    np.testing.assert_allclose(axes.get_yticks(), centres, atol=1e-12)
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [2.0, 2.0])
    assert axes.get_xlabel() == "distance (line: mean, 2)"


@pytest.mark.parametrize(("classes", "named"), [(60, True), (61, False)])
def test_bars_of_many_classes(figure, classes, named):
    assert _is_picture(class_bars({f"class {i}": i + 1.0 for i in range(classes)}, "distance"))
    axes = figure().axes[0]
    assert len(axes.patches) == classes
    assert any("class" in label.get_text() for label in axes.get_yticklabels()) == named
    assert axes.get_ylabel() == ("" if named else "class")


@pytest.mark.parametrize("values", [{}, {"a": 1.0, "b": np.nan}, {"a": np.inf}])
def test_bars_of_no_numbers_are_refused(values):
    with pytest.raises(ValueError, match="finite numbers, one a class"):
        class_bars(values, "distance")
