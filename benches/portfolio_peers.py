"""Says what other libraries take for the returns that `portfolio.rs` measures: a line each, name, a tab, seconds.

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
from pypfopt import BlackLittermanModel, CovarianceShrinkage, EfficientFrontier, HRPOpt, risk_models
from skfolio.moments import LedoitWolf as ShrunkLedoitWolf
from skfolio.optimization import MeanRisk, RiskBudgeting
from skfolio.prior import EmpiricalPrior
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


def least_variance(returns):
    shrunk = CovarianceShrinkage(returns, returns_data=True, frequency=1).ledoit_wolf()
    frontier = EfficientFrontier(None, shrunk)
    frontier.min_volatility()
    return frontier.clean_weights()


def views(returns):
    covariance = risk_models.sample_cov(returns, returns_data=True, frequency=1)
    names = list(returns.columns)
    caps = np.ones(len(names)) / len(names)
    pick = np.zeros((2, len(names)))
    pick[0, 0], pick[1, 1], pick[1, 2] = 1, 1, -1
    model = BlackLittermanModel(
        covariance,
        pi=2.5 * covariance.values @ caps,
        Q=np.array([0.001, 0.0002]),
        P=pick,
        tau=0.05,
        risk_aversion=2.5,
    )
    model.bl_returns()
    return model.bl_weights(2.5)


def momentum(closes):
    row = closes.shift(21).iloc[-1] / closes.shift(273).iloc[-1] - 1
    return (row - row.mean()) / row.std(ddof=0)


def main():
    columns = int(sys.argv[2])
    values = np.fromfile(sys.argv[1], dtype="<f8").reshape(-1, columns)
    returns = pd.DataFrame(values, columns=[f"A{at:04}" for at in range(columns)])
    large = columns > 1000
    few = 1 if large else 3

    def say(name, work, runs=few):
        try:
            print(name, seconds(runs, work), sep="\t", flush=True)
        except Exception as error:  # A library that finds no answer has no time to compare with.
            print(f"{name}: {error}", file=sys.stderr)

    say("hrp PyPortfolioOpt", lambda: HRPOpt(returns).optimize())
    if large:
        say("erc skfolio", lambda: RiskBudgeting().fit(returns))
    else:
        say("erc Riskfolio", lambda: riskfolio(returns))
        say("least PyPortfolioOpt", lambda: least_variance(returns))
        prior = EmpiricalPrior(covariance_estimator=ShrunkLedoitWolf())
        say("least skfolio", lambda: MeanRisk(prior_estimator=prior).fit(returns))
        say("views PyPortfolioOpt", lambda: views(returns), 10)
        rows = np.vstack([np.ones(columns), np.vstack([1 + values, 1 + values])[:273]])
        closes = pd.DataFrame(rows.cumprod(axis=0), columns=returns.columns)
        say("momentum pandas", lambda: momentum(closes), 50)
    say("shrunk scikit-learn", lambda: LedoitWolf().fit(values), 3 * few + 2)


main()
