"""Whether an answer is the one the suite expects."""
import numpy as np

RELATIVE = 1e-3
ABSOLUTE = 1e-5

# Sums of a hundred terms of both signs: in single precision noise of this size is left, more or less of it on each processor.
LOOSER = dict.fromkeys(["test_dft", "test_dft_axis", "test_dft_inverse", "test_stft", "test_stft_with_window"], 1e-3)


def difference(case, answer):
    """What is wrong with an answer, in a few words; None when nothing is."""
    given = {tensor.name: tensor for tensor in answer}
    expected_names = [tensor.name for tensor in case.outputs]
    if [tensor.name for tensor in answer] != expected_names:
        return f"outputs {list(given)} instead of {expected_names}"
    for expected in case.outputs:
        fault = tensor_difference(expected, given[expected.name], LOOSER.get(case.name, ABSOLUTE))
        if fault:
            return f"output '{expected.name}' {fault}"
    return None


def tensor_difference(expected, given, absolute):
    if given.datatype != expected.datatype:
        return f"is {given.datatype} instead of {expected.datatype}"
    if given.shape != expected.shape:
        return f"has shape {given.shape} instead of {expected.shape}"
    ours, theirs = given.numbers().ravel(), expected.numbers().ravel()
    if expected.datatype == "BYTES" or ours.dtype.kind != "f":
        wrong = np.flatnonzero(ours != theirs)
    else:
        ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
        wrong = np.flatnonzero(~np.isclose(ours, theirs, RELATIVE, absolute, equal_nan=True))
    if wrong.size == 0:
        return None
    return f"differs in {wrong.size} of {ours.size} elements, first [{wrong[0]}]: {ours[wrong[0]]} instead of {theirs[wrong[0]]}"
