"""Makes closes.csv and factors.json: what pandas says of the factors, on a panel with every kind of hole.

Run in this folder with pandas 3 and numpy 2; the output is committed. Nothing here is taken from the desk:
holes are carried by `ffill(limit=5)`, windows run over the known closes of a column, and a gap of more than
five rows begins a new column.
"""
import json

import numpy as np
import pandas as pd

CARRY = 5
rng = np.random.default_rng(20260105)
dates = pd.date_range("2025-01-01", periods=150, freq="D")
names = ["AAPL", "BRK.B", "BTC-USD", "EUR/USD", "MSFT", "NVDA", "USD/JPY", "XOM"]
steps = rng.normal(0.0003, 0.015, (150, len(names))) + rng.normal(0, 0.008, (150, 1))
close = pd.DataFrame(100 * np.exp(np.cumsum(steps, axis=0)), index=dates, columns=names).round(4)
weekend = dates.dayofweek >= 5
for name in names:
    if name != "BTC-USD":
        close.loc[weekend, name] = np.nan
close.loc[dates[:60], "NVDA"] = np.nan  # a late listing
close.loc[dates[90:101], "XOM"] = np.nan  # a halt that is too long to be carried over
close.loc[dates[130:], "MSFT"] = np.nan  # delisted
close.to_csv("closes.csv", index_label="date")


def zscore(x):
    mean, dev = x.mean(axis=1), x.std(axis=1, ddof=0)
    z = x.sub(mean, axis=0).div(dev, axis=0)
    constant = dev == 0
    z[constant] = x[constant] * 0.0
    return z


def per_column(figure):
    """Runs `figure` on the known closes of each column and unbroken stretch, and carries what it says."""
    out = {}
    for name in names:
        known = close[name].dropna()
        at = pd.Series(dates.get_indexer(known.index), index=known.index)
        stretch = (at.diff() > CARRY + 1).cumsum()
        parts = [figure(part) for _, part in known.groupby(stretch)]
        said = pd.concat(parts).reindex(dates)
        # A window that is not full says nothing, and what was said before a halt is not carried over its end.
        carried = said.ffill(limit=CARRY)
        fresh = known.reindex(dates).notna()
        out[name] = said.where(fresh, carried)
    return pd.DataFrame(out)


def gain(now, then):
    filled = close.ffill(limit=CARRY)
    return filled.shift(now) / filled.shift(then) - 1


def log_returns(s):
    return np.log(s).diff()


def ewm(h, decay):
    def last(window):
        return pd.Series(window).ewm(alpha=1 - decay).std(bias=True).iloc[-1]

    return lambda s: log_returns(s).rolling(h).apply(last, raw=True) * np.sqrt(365)


def cross(fast, slow):
    def figure(s):
        slow_mean = s.rolling(slow).mean()
        up = np.where(s.rolling(fast).mean() > slow_mean, 1.0, -1.0)
        return pd.Series(up, index=s.index).where(slow_mean.notna())

    return figure


rates = {"EUR": 0.02, "USD": 0.045, "JPY": 0.005}
carry = pd.DataFrame(np.nan, index=dates, columns=names)
for pair in ["EUR/USD", "USD/JPY"]:
    base, quote = pair.split("/")
    carry[pair] = (rates[base] - rates[quote]) + close[pair].ffill(limit=CARRY) * 0.0

cases = [
    ("f_momentum_12_1", {"h_long": 60, "h_skip": 8}, gain(8, 68)),
    ("f_momentum_12_1", {"h_long": 20, "h_skip": 0}, gain(0, 20)),
    ("f_my_momentum", {"h": 21}, gain(0, 20)),
    ("f_realized_vol", {"h": 21}, per_column(lambda s: log_returns(s).rolling(21).std() * np.sqrt(252))),
    ("f_crypto_realized_vol", {"h": 21, "ema_alpha": 0.94}, per_column(ewm(21, 0.94))),
    ("f_sma_cross", {"p_fast": 5, "p_slow": 20}, per_column(cross(5, 20))),
    ("f_fx_carry", {"rates": rates}, carry),
]
rows = list(range(0, 150, 6)) + [149]


def sampled(x):
    return [[None if np.isnan(v) else float(v) for v in x.iloc[t]] for t in rows]


golden = [
    {"factor": name, "params": params, "figures": sampled(x), "scores": sampled(zscore(x))}
    for name, params, x in cases
]
with open("factors.json", "w") as file:
    json.dump({"rows": rows, "cases": golden}, file)
    file.write("\n")
