"""Says what other libraries take for the returns that `portfolio.rs` measures: a line each, name and seconds.

    python portfolio_peers.py RETURNS.f64 COLUMNS

RETURNS.f64 holds the returns row by row as little-endian doubles. Each figure is from returns to
weights, the best of a few runs, in this one process after its imports.
"""

import sys
import time
import warnings

import numpy as np
import pandas as pd
import riskfolio as rp
from pypfopt import HRPOpt
from skfolio.optimization import RiskBudgeting
from sklearn.covariance import LedoitWolf

warnings.filterwarnings("ignore")


def riskfolio(returns):
    portfolio = rp.Portfolio(returns=returns)
    portfolio.assets_stats(method_mu="hist", method_cov="hist")
    return portfolio.rp_optimization(model="Classic", rm="MV", rf=0, b=None, hist=True)


def seconds(runs, work):
    best = float("inf")
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best


def main():
    columns = int(sys.argv[2])
    values = np.fromfile(sys.argv[1], dtype="<f8").reshape(-1, columns)
    returns = pd.DataFrame(values, columns=[f"A{at:04}" for at in range(columns)])
    large = columns > 1000
    erc = (lambda: RiskBudgeting().fit(returns)) if large else (lambda: riskfolio(returns))
    few = 1 if large else 3
    print("hrp", seconds(few, lambda: HRPOpt(returns).optimize()), flush=True)
    print("equal_risk_contribution", seconds(few, erc), flush=True)
    print("ledoit_wolf", seconds(3 * few + 2, lambda: LedoitWolf().fit(values)), flush=True)


main()
