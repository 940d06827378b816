# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pytest
from peers import report

_MACHINE = {"cores": 2, "threads": 2}


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
        **changed,
    }


def test_a_table_has_ratios_first():
    rows = report.tables({"machine": _MACHINE, "steps": {"gan_digits": _steps()}}).splitlines()
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows if "gan_dig" in row]
    assert cells == [
        ["gan_digits", "**1.50** (1.25 to 2.00)", "50 ms", "1.23 s", "channels_last", "1,234,567"],
        ["gan_digits", "**50%**", "25%", "5", "8", "100 GFLOP/s"],
    ]


def test_a_source_is_compared_with_what_its_network_takes():
    # 128 images in 0.05 s are 2,560 a second.
    results = {
        "machine": _MACHINE,
        "steps": {"gan_digits": _steps()},
        "sources": {
            "digits": {"images_per_second": 25600.0},
            "folder, 64 px": {"images_per_second": 1000.0},
        },
    }
    text = report.tables(results)
    assert "**10** times what gan_digits takes" in text
    assert [line for line in text.splitlines() if "folder" in line][0].split("|")[2].strip() == "-"


def test_parts_that_were_not_measured_are_left_out():
    text = report.tables({"machine": _MACHINE, "startup": {}})
    assert "##" not in text


@pytest.mark.slow
def test_the_plot_is_a_picture(tmp_path):
    cost = {"cost": {}, "seconds": {"ours": 1.0}}
    results = {"steps": {"gan_digits": _steps()}, "costs": {"devices": {"1": cost, "2": cost}}}
    report.plot(results, str(tmp_path / "plot.png"))
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
