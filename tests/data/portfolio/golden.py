"""Makes golden.json: what other libraries find for the allocators and covariances that the tests check.

    python golden.py PANEL.csv > golden.json

PANEL.csv is the panel of daily closes of 20 US stocks, 2005 to 2014, that the tests read from
$DESK_FIXTURES/market; the other input, small.csv, stands beside this file. hrp is PyPortfolioOpt's, the
identity-shrunk covariance scikit-learn's, the constant correlation PyPortfolioOpt's, the weighted
covariance pandas'. Equal risk contribution is Riskfolio's and skfolio's: they stop 1e-6 to 5e-6 short
of the weights, skfolio 2.5e-5 short on small.csv. So it is here a third time, from a plain loop that
runs until it stands still, and that one the tests hold to 1e-9.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import riskfolio as rp
from pypfopt import HRPOpt
from pypfopt.risk_models import CovarianceShrinkage
from skfolio.optimization import RiskBudgeting
from sklearn.covariance import LedoitWolf

warnings.filterwarnings("ignore")


def numbers(values):
    return np.asarray(values, dtype=float).ravel().tolist()


def risk_budgets(returns, budgets):
    portfolio = rp.Portfolio(returns=returns)
    portfolio.assets_stats(method_mu="hist", method_cov="hist")
    parts = None if budgets is None else np.array(budgets, dtype=float).reshape(-1, 1)
    return portfolio.rp_optimization(model="Classic", rm="MV", rf=0, b=parts, hist=True)["weights"]


def still(returns, budgets):
    """Root by root, with no regard to time."""
    covariance = np.cov(returns.values.T)
    deviations = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(deviations, deviations)
    units = np.sqrt(budgets)
    for _ in range(5000):
        for i, budget in enumerate(budgets):
            others = correlation[i] @ units - units[i]
            units[i] = (np.sqrt(others * others + 4 * budget) - others) / 2
    weights = units / deviations
    return weights / weights.sum()


def golden(returns):
    count = returns.shape[1]
    budgets = np.arange(1, count + 1) / sum(range(1, count + 1))
    shrunk = LedoitWolf().fit(returns.values)
    constant = CovarianceShrinkage(returns, returns_data=True, frequency=1)
    constant_covariance = constant.ledoit_wolf("constant_correlation")
    weighted = returns.ewm(alpha=0.06).cov(bias=True).iloc[-count:]
    made = {
        f"hrp_{linkage}": numbers([HRPOpt(returns).optimize(linkage)[c] for c in returns.columns])
        for linkage in ("single", "complete", "average", "ward")
    }
    made["erc_riskfolio"] = numbers(risk_budgets(returns, None))
    made["erc_skfolio"] = numbers(RiskBudgeting().fit(returns).weights_)
    made["erc"] = numbers(still(returns, np.full(count, 1 / count)))
    made["budgets"] = numbers(budgets)
    made["budgets_erc"] = numbers(still(returns, budgets))
    made["budgets_riskfolio"] = numbers(risk_budgets(returns, budgets))
    made["ledoit_wolf"] = numbers(shrunk.covariance_)
    made["ledoit_wolf_shrinkage"] = float(shrunk.shrinkage_)
    made["constant_correlation"] = numbers(constant_covariance)
    made["constant_correlation_shrinkage"] = float(constant.delta)
    made["ewma"] = numbers(weighted)
    made["sample"] = numbers(returns.cov())
    return made


def main():
    here = Path(__file__).parent
    panel = pd.read_csv(sys.argv[1], index_col=0).pct_change().dropna()
    small = pd.read_csv(here / "small.csv")
    # More assets than rows: the last 15 rows of the panel.
    cases = {"panel": panel, "year": panel.iloc[-252:], "wide": panel.iloc[-15:], "small": small}
    json.dump({name: golden(returns) for name, returns in cases.items()}, sys.stdout, indent=0)


main()
