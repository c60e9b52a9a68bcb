#!/usr/bin/env python3
"""Writes the rows of iris and digits that the sample models were trained on, and those held out (tests/Gateway.Tests/EndToEnd/Data).

    apt-get install python3-sklearn
    /usr/bin/python3 tests/scripts/held_out.py

The splits are those of deploy/models/train.py. A digit is 64 grey values from 0 to G, row by row.
"""

import pathlib

import numpy as np
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import train_test_split

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "Gateway.Tests" / "EndToEnd" / "Data"
GREYS = "0123456789ABCDEFG"


def write(name, target, test_size, line):
    train, held = train_test_split(np.arange(len(target)), test_size=test_size, stratify=target, random_state=7)
    rows = [f"{part},{line(row)}\n" for part, indexes in (("train", train), ("held", held)) for row in indexes]
    (FOLDER / name).write_text("".join(rows))


FOLDER.mkdir(exist_ok=True)
iris, iris_target = load_iris(return_X_y=True)
digits, digits_target = load_digits(return_X_y=True)
write("iris.csv", iris_target, 0.3, lambda row: ",".join(f"{value:.1f}" for value in iris[row]))
write("digits.csv", digits_target, 0.2, lambda row: "".join(GREYS[int(value)] for value in digits[row]))
