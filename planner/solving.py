"""How every model is solved: for a time, on two cores, leaving Ctrl-C to whoever called."""

from __future__ import annotations

from ortools.sat.python import cp_model


def solved(model: cp_model.CpModel, seconds: float) -> cp_model.CpSolver | None:
    """The solver with the best solution found in ``seconds``; None when it found none."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    # Looking for symmetries and probing take longer than these models are worth.
    solver.parameters.symmetry_level = 0
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.catch_sigint_signal = False
    found = solver.status_name(solver.solve(model)) in ("OPTIMAL", "FEASIBLE")
    return solver if found else None
