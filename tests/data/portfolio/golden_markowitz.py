"""Makes golden_markowitz.json: weights of the Markowitz family on real returns, by other libraries.

    python golden_markowitz.py PANEL.csv > golden_markowitz.json

Needs PyPortfolioOpt 1.6.0, skfolio 1.12.2, scikit-learn 1.9.1, cvxpy 1.9.3 with Clarabel 0.11.1.

`weights` are what is asked for: cvxpy with Clarabel at tolerance 1e-12, then the binding limits are taken
as given and the linear KKT conditions solved, which leaves rounding. `peers` says how far each library is
from them with the same tight solver, and `peers_default` with the solver it takes by itself.
"""

import json
import sys

import cvxpy as cp
import numpy as np
import pandas as pd
from pypfopt import BlackLittermanModel, EfficientFrontier, risk_models
from pypfopt.black_litterman import market_implied_prior_returns
from skfolio.moments import EmpiricalCovariance, LedoitWolf
from skfolio.optimization import MeanRisk, ObjectiveFunction
from skfolio.prior import EmpiricalPrior
from sklearn.covariance import ledoit_wolf

TIGHT = dict(tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13, max_iter=500)


def kkt(q, c, equalities, inequalities, guess):
    """Least w'Qw / 2 - c'w with Aw = b and Gw <= h, from a guess that tells which of G bind."""
    a, b = equalities
    g, h = inequalities
    bind = np.abs(g @ guess - h) < 1e-6
    rows, right = np.vstack([a, g[bind]]), np.concatenate([b, h[bind]])
    rows, keep = independent(rows)
    right = right[keep]
    n, m = len(c), len(rows)
    scale = np.trace(q) / n
    whole = np.block([[q / scale, rows.T], [rows, np.zeros((m, m))]])
    answer = np.linalg.solve(whole, np.concatenate([c / scale, right]))
    w = answer[:n]
    assert np.all(g @ w <= h + 1e-12), "a limit is broken: the guess was not good enough"
    assert np.max(np.abs(w - guess)) < 1e-5
    return w


def independent(rows):
    keep = []
    for i in range(len(rows)):
        if np.linalg.matrix_rank(rows[keep + [i]]) == len(keep) + 1:
            keep.append(i)
    return rows[keep], keep


def exact(q, mean, lower, upper, groups=(), tilt=0.0, target=None, risk_free=None):
    """Exact weights. Groups are (members, least, most)."""
    n = len(mean)
    scale = np.trace(q) / n
    g = [np.eye(n), -np.eye(n)]
    h = [np.full(n, upper), np.full(n, -lower)]
    for members, least, most in groups:
        row = np.zeros(n)
        row[members] = 1
        g += [row[None], -row[None]]
        h += [[most], [-least]]
    g, h = np.vstack(g), np.concatenate(h)
    a, b = np.ones((1, n)), np.array([1.0])
    if risk_free is not None:
        # Weights times an unknown scale k, with an excess mean of 1e-3.
        y, k = cp.Variable(n), cp.Variable()
        wants = [g @ y <= h * k, cp.sum(y) == k, (mean - risk_free) @ y * 1e3 == 1, k >= 0]
        cp.Problem(cp.Minimize(cp.quad_form(y, cp.psd_wrap(q / scale))), wants).solve("CLARABEL", **TIGHT)
        guess = y.value / k.value
        # On the binding limits the weights are a line in the tilt; the right tilt is found by bisection.
        low, high = 0.0, 1e3
        for _ in range(200):
            tilt = (low + high) / 2
            w = kkt_line(q, tilt * mean, (a, b), (g, h), guess)
            if w @ q @ w > tilt * ((mean - risk_free) @ w):
                low = tilt
            else:
                high = tilt
        return kkt(q, tilt * mean, (a, b), (g, h), guess)
    w = cp.Variable(n)
    wants = [g @ w <= h, cp.sum(w) == 1]
    if target is not None:
        wants.append(mean @ w * 1e3 >= target * 1e3)
        a, b = np.vstack([a, mean[None] * 1e3]), np.array([1.0, target * 1e3])
    aim = cp.quad_form(w, cp.psd_wrap(q / scale)) / 2 - tilt / scale * (mean @ w)
    cp.Problem(cp.Minimize(aim), wants).solve("CLARABEL", **TIGHT)
    return kkt(q, tilt * mean, (a, b), (g, h), w.value)


def kkt_line(q, c, equalities, inequalities, guess):
    a, b = equalities
    g, h = inequalities
    bind = np.abs(g @ guess - h) < 1e-6
    rows, keep = independent(np.vstack([a, g[bind]]))
    right = np.concatenate([b, h[bind]])[keep]
    n, m, scale = len(c), len(rows), np.trace(q) / len(c)
    whole = np.block([[q / scale, rows.T], [rows, np.zeros((m, m))]])
    return np.linalg.solve(whole, np.concatenate([c / scale, right]))[:n]


def pypfopt(ask, mean, q, bounds, tight, groups=()):
    options = dict(solver="CLARABEL", solver_options=TIGHT) if tight else {}
    frontier = EfficientFrontier(mean * 252, q * 252, weight_bounds=bounds, **options)
    for members, least, most in groups:
        frontier.add_constraint(lambda w, m=members, least=least: cp.sum(w[m]) >= least)
        frontier.add_constraint(lambda w, m=members, most=most: cp.sum(w[m]) <= most)
    ask(frontier)
    return np.array(list(frontier.weights))


def skfolio(returns, tight, estimator=None, **options):
    options["solver_params"] = TIGHT if tight else None
    prior = EmpiricalPrior(covariance_estimator=estimator or EmpiricalCovariance())
    model = MeanRisk(prior_estimator=prior, solver="CLARABEL", **options)
    return model.fit(returns).weights_


def main(path):
    prices = pd.read_csv(path, index_col=0, parse_dates=True)
    returns = prices.pct_change().dropna(how="all")
    symbols = list(returns.columns)
    mean, sample = returns.mean().to_numpy(), returns.cov().to_numpy()
    n = len(symbols)
    sectors = {"XOM": "energy", "CVX": "energy", "RRC": "energy", "JPM": "banks", "BAC": "banks"}
    sectors |= {s: "health" for s in ["JNJ", "LLY", "MRK", "PFE", "UNH"]}
    limits = {"energy": [0.2, 0.3], "health": [0.0, 0.15], "banks": [0.05, 1.0]}
    groups = [
        ([i for i, s in enumerate(symbols) if sectors.get(s) == name], *ends)
        for name, ends in limits.items()
    ]
    grouped = {"groups": sectors, "group_limits": limits}
    cases = []

    def case(allocator, params, weights, peers=None, default=None, **more):
        far = lambda all: {k: float(np.max(np.abs(v - weights))) for k, v in (all or {}).items()}
        cases.append(
            dict(allocator=allocator, params=params, weights=dict(zip(symbols, map(float, weights))))
            | dict(peers=far(peers), peers_default=far(default))
            | more
        )

    def both(ask, box, options, q=sample, gs=(), estimator=None):
        def of(tight):
            found = {"PyPortfolioOpt": pypfopt(ask, mean, q, box, tight, gs)}
            if options is not None:
                found["skfolio"] = skfolio(
                    returns, tight, estimator, min_weights=box[0], max_weights=box[1], **options
                )
            return found

        return of(True), of(False)

    least = dict(objective_function=ObjectiveFunction.MINIMIZE_RISK)
    ratio = dict(objective_function=ObjectiveFunction.MAXIMIZE_RATIO)
    for low, high in [(0.0, 1.0), (0.0, 0.12), (-0.1, 0.3)]:
        bounds = {"lower": low, "upper": high}
        box = (low, high)
        w = exact(sample, mean, low, high)
        case("markowitz", bounds, w, *both(lambda f: f.min_volatility(), box, least))
        for rate in [0.0, 0.0002]:
            w = exact(sample, mean, low, high, risk_free=rate)
            ask = lambda f, rate=rate: f.max_sharpe(risk_free_rate=rate * 252)
            params = bounds | {"objective": "max_sharpe", "risk_free": rate}
            case("markowitz", params, w, *both(ask, box, ratio | {"risk_free_rate": rate}))
        target = 0.0007
        w = exact(sample, mean, low, high, target=target)
        ask = lambda f: f.efficient_return(target * 252)
        params = bounds | {"objective": "target_return", "target": target}
        case("markowitz", params, w, *both(ask, box, least | {"min_return": target}))
        for aversion in [2.0, 10.0]:
            w = exact(sample, mean, low, high, tilt=1 / aversion)
            ask = lambda f, aversion=aversion: f.max_quadratic_utility(risk_aversion=aversion)
            utility = dict(
                objective_function=ObjectiveFunction.MAXIMIZE_UTILITY, risk_aversion=aversion / 2
            )
            params = bounds | {"objective": "risk_aversion", "risk_aversion": aversion}
            case("markowitz", params, w, *both(ask, box, utility))

    w = exact(sample, mean, 0.0, 1.0, groups)
    ask = lambda f: f.min_volatility()
    case("markowitz", grouped, w, *both(ask, (0.0, 1.0), None, gs=groups))
    w = exact(sample, mean, 0.0, 1.0, groups, risk_free=0.0001)
    # PyPortfolioOpt does not scale what is added to max_sharpe unless told: asked of the exact weights only.
    case("markowitz", grouped | {"objective": "max_sharpe", "risk_free": 0.0001}, w)
    w = exact(sample, mean, 0.0, 1.0, groups, target=0.0006)
    ask = lambda f: f.efficient_return(0.0006 * 252)
    params = grouped | {"objective": "target_return", "target": 0.0006}
    case("markowitz", params, w, *both(ask, (0.0, 1.0), None, gs=groups))

    shrunk, shrinkage = ledoit_wolf(returns.to_numpy())
    w = exact(shrunk, mean, 0.0, 1.0)
    peers = both(ask=lambda f: f.min_volatility(), box=(0.0, 1.0), options=least, q=shrunk, estimator=LedoitWolf())
    case("ledoit_wolf", {}, w, *peers, shrinkage=float(shrinkage))
    case("markowitz", {"covariance": "ledoit_wolf"}, w)
    cs = risk_models.CovarianceShrinkage(returns, returns_data=True, frequency=1)
    alike = cs.ledoit_wolf("constant_correlation").to_numpy()
    w = exact(alike, mean, 0.0, 0.2)
    peers = both(ask=lambda f: f.min_volatility(), box=(0.0, 0.2), options=None, q=alike)
    params = {"target": "constant_correlation", "upper": 0.2}
    case("ledoit_wolf", params, w, *peers, shrinkage=float(cs.delta))

    caps = {s: float(v) for s, v in zip(symbols, np.linspace(20, 400, n).round())}
    views = [
        {"symbols": ["AAPL"], "expected": 0.0012},
        {"symbols": ["XOM", "CVX"], "weights": [1, -1], "expected": 0.0001},
        {"symbols": ["KO", "PEP", "WMT"], "weights": [0.5, 0.5, -1], "expected": -0.0002},
    ]
    p, expected = np.zeros((3, n)), np.array([v["expected"] for v in views])
    for row, view in zip(p, views):
        for s, weight in zip(view["symbols"], view.get("weights", [1.0])):
            row[symbols.index(s)] = weight
    for sure, tau, aversion in [(None, 0.05, 2.5), ([0.3, 0.9, 1.0], 0.05, 2.5), (None, 0.5, 4.0)]:
        frame = pd.DataFrame(sample, index=symbols, columns=symbols)
        pi = market_implied_prior_returns(caps, aversion, frame, risk_free_rate=0.0)
        how = {} if sure is None else dict(omega="idzorek", view_confidences=sure)
        model = BlackLittermanModel(
            frame, pi=pi, P=p, Q=expected, tau=tau, risk_aversion=aversion, **how
        )
        posterior, spread = model.bl_returns(), model.bl_cov()
        weights = np.array(list(model.bl_weights(aversion).values()))
        told = [dict(v) for v in views]
        for view, confidence in zip(told, sure or []):
            view["confidence"] = confidence
        params = {"market_caps": caps, "views": told, "tau": tau, "risk_aversion": aversion}
        case(
            "black_litterman",
            params,
            weights,
            prior=list(map(float, pi)),
            posterior=list(map(float, posterior)),
            posterior_covariance_diagonal=list(map(float, np.diag(spread))),
            posterior_covariance_of_first=list(map(float, spread.iloc[0])),
        )
        for objective, ask in [("min_variance", {}), ("max_sharpe", {"risk_free": 0.0})]:
            w = exact(spread.to_numpy(), posterior.to_numpy(), 0.0, 1.0, risk_free=ask.get("risk_free"))
            case("black_litterman", params | {"objective": objective}, w)
    json.dump(cases, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1])
