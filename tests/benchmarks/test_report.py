# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pytest
from peers import report

_MACHINE = {"cores": 2, "threads": 2}


def _tables(**parts):
    """The tables of parts that were all measured on one machine."""
    machines = {part: dict.fromkeys(found, _MACHINE) for part, found in parts.items()}
    return report.tables({"machines": machines, **parts})


def _cells(text, start):
    """The rows of tables that begin with a name."""
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines()]
    return [row for row in rows if row and row[0] == start]


def _steps(**changed):
    return {
        "times_as_fast": {"median": 1.5, "low": 1.25, "high": 2.0},
        "seconds": {"ours": 0.05, "torch": 1.234},
        "variant": "channels_last",
        "parameters": 1234567,
        "images": 128,
        "operations": {"ours": 5_000_000_000, "torch": 8_000_000_000},
        "peak": 100e9,
        "share_of_peak": {"ours": 0.5, "torch": 0.25},
        "loop": {"seconds": 0.052, "outside": 0.0123, "waiting": 0.004},
        **changed,
    }


def test_a_table_has_ratios_first():
    assert _cells(_tables(steps={"gan_digits": _steps()}), "gan_digits") == [
        ["gan_digits", "**1.50** (1.25 to 2.00)", "50 ms", "1.23 s", "channels_last", "1,234,567"],
        ["gan_digits", "**50%**", "25%", "5", "8", "100 GFLOP/s"],
        ["gan_digits", "**0.40%**", "**1.23%**", "52 ms"],
    ]


def test_the_first_step_stands_beside_both_others():
    found = {
        "times_import": {"median": 2.5, "low": 2.0, "high": 3.0},
        "times_torch": {"median": 1.25, "low": 1.0, "high": 1.5},
        "seconds": {"first_step": 10.0, "import": 4.0, "torch": 8.0},
        "variant": "contiguous",
    }
    assert _cells(_tables(startup={"gan_digits": found}), "gan_digits") == [
        [
            "gan_digits",
            "**2.50** (2.00 to 3.00)",
            "**1.25** (1.00 to 1.50)",
            "10 s",
            "4 s",
            "8 s",
            "contiguous",
        ]
    ]


def test_costs_name_the_form_of_each_point():
    one = {"median": 1.0, "low": 1.0, "high": 1.0}
    ours = {"cost": one, "seconds": {"ours": 1.0}}
    both = {**ours, "torch_cost": one, "times_as_fast": one, "seconds": {"ours": 1.0, "torch": 2.0}}
    points = {
        "8": {**both, "variant": "contiguous"},
        "16": {**both, "variant": "channels_last"},
    }
    text = _tables(costs={"batch": points, "devices": {"1": ours}})
    assert [row[-1] for row in _cells(text, "batch")] == ["contiguous", "channels_last"]
    assert [row[-1] for row in _cells(text, "devices")] == ["-"]


def test_a_part_says_where_it_was_measured():
    machines = {"digits": _MACHINE, "faces": _MACHINE}
    found = {"digits": {"images_per_second": 1.0}, "faces": {"images_per_second": 1.0}}
    text = report.tables({"machines": {"sources": machines}, "sources": found})
    assert "\n2 cores, 2 threads a side.\n" in text
    machines["faces"] = {"cores": 2, "threads": 1}
    text = report.tables({"machines": {"sources": machines}, "sources": found})
    assert ("\ndigits: 2 cores, 2 threads a side; faces: 2 cores, 1 threads a side.\n") in text


def test_a_source_is_compared_with_what_its_network_takes():
    # 128 images in 0.05 s are 2,560 a second.
    sources = {
        "digits": {"images_per_second": 25600.0},
        "folder, 64 px": {"images_per_second": 1000.0},
    }
    text = _tables(steps={"gan_digits": _steps()}, sources=sources)
    assert "**10** times what gan_digits takes" in text
    assert [line for line in text.splitlines() if "folder" in line][0].split("|")[2].strip() == "-"


def test_parts_that_were_not_measured_are_left_out():
    assert "##" not in _tables(startup={})


@pytest.mark.slow
def test_the_plot_is_a_picture(tmp_path):
    cost = {"cost": {}, "seconds": {"ours": 1.0}}
    results = {"steps": {"gan_digits": _steps()}, "costs": {"devices": {"1": cost, "2": cost}}}
    report.plot(results, str(tmp_path / "plot.png"))
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
