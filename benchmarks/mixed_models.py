"""Time, memory and criterion of the mixed-model engines on the same generated data.

    python benchmarks/mixed_models.py                       profiled engine, all sizes
    python benchmarks/mixed_models.py --statsmodels --lme4  and beside them the others
    python benchmarks/mixed_models.py --sizes county state --models sites raters
    python benchmarks/mixed_models.py --parquet 10000000    rows from Parquet in chunks

Every fit runs in its own process on one core, from a Parquet file (lme4: a CSV file, read before
the clock starts). The clock counts the processor's seconds, so that other work on the machine
matters little, of the fit alone, from a frame to the estimates; the peak of memory is the whole
process's. lme4 needs Rscript with lme4 and uses its bobyqa. statsmodels uses powell with its own
tolerances, which stop earlier, and, for sites, uncorrelated practitioner effects, since it can't
correlate both levels (so its criterion is of a smaller model).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

# sites, practitioners a site, waves, raters: about 1,400, 17,000, 140,000, 700,000, 7,000,000 rows
SIZES = {
    "programme": (20, 10, 8, 12),
    "county": (100, 20, 12, 40),
    "state": (500, 20, 20, 120),
    "country": (2000, 25, 20, 400),
}
FIXED = "fidelity ~ quarters + booster + coaching + caseload + span"
MODELS = {
    "practitioners": " + (1 + quarters | practitioner)",
    "sites": " + (1 + quarters | practitioner) + (1 + quarters | site)",
    "raters": " + (1 + quarters | practitioner) + (1 + quarters | site) + (1 | rater)",
}
STATSMODELS = {
    "practitioners": MODELS["practitioners"],
    "sites": " + (1 + quarters || practitioner) + (1 + quarters | site)",
}
IN_MEMORY_TOO = 2_000_000  # rows, up to which chunks are compared with one frame
TIME_LIMIT = 3600  # seconds for one fit

LME4 = """
suppressMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
for (name in c("practitioner", "site", "rater")) data[[name]] <- factor(data[[name]])
clock <- system.time(fit <- lmer(as.formula(arguments[2]), data,
  control = lmerControl(optimizer = "bobyqa", calc.derivs = FALSE)))
cat(sprintf('{"seconds": %.4f, "criterion": %.8f, "megabytes": null}',
  clock[["user.self"]] + clock[["sys.self"]], REMLcrit(fit)))
"""


def network(sites: int, each: int, waves: int, raters: int, seed: int = 1) -> pd.DataFrame:
    """Fidelity over time: practitioners in sites, late starters, leavers, crossed raters."""
    random = np.random.default_rng(seed)
    n = sites * each
    practitioner = np.repeat(np.arange(n, dtype=np.int32), waves)
    wave = np.tile(np.arange(waves), n)
    site = practitioner // each
    starts, leaves = random.integers(0, max(1, waves // 4), n), np.full(n, waves)
    leavers = random.random(n) < 0.2
    leaves[leavers] = random.integers(waves // 2, waves, leavers.sum())
    keep = (wave >= starts[practitioner]) & (wave < leaves[practitioner])
    keep &= random.random(len(wave)) > 0.15
    practitioner, wave, site = practitioner[keep], wave[keep], site[keep]
    pools = np.stack([random.permutation(raters)[:5] for _ in range(sites)])
    rater = pools[site, random.integers(0, 5, len(site))]
    caseload, span = random.normal(size=n), random.normal(size=sites)
    own = random.multivariate_normal([0, 0], [[36, -0.5], [-0.5, 0.09]], n)
    shared = random.multivariate_normal([0, 0], [[16, 0.16], [0.16, 0.04]], sites)
    quarters, coaching = wave.astype(float), random.gamma(2.0, 1.0, len(wave)).round(2)
    booster = np.maximum(quarters - 4, 0)
    fidelity = 72 - 0.75 * quarters + 0.4 * booster + 1.4 * coaching - 0.8 * caseload[practitioner]
    fidelity += own[practitioner, 0] + own[practitioner, 1] * quarters - 0.6 * span[site]
    fidelity += shared[site, 0] + shared[site, 1] * quarters
    fidelity += random.normal(0, 2, raters)[rater] + random.normal(0, 5, len(wave))
    return pd.DataFrame(
        {
            "fidelity": fidelity.round(6),
            "quarters": quarters,
            "booster": booster,
            "coaching": coaching,
            "caseload": caseload[practitioner].round(6),
            "span": span[site].round(6),
            "practitioner": practitioner,
            "site": site.astype(np.int32),
            "rater": rater.astype(np.int32),
        }
    )


def fit_once(path: str, formula: str, engine: str) -> None:
    """Fit in this process and print what it took; the clock starts after imports."""
    import resource
    import time

    from workbench.models import statsmodels_engine
    from workbench.models.mixed import fit_mixed_model

    statsmodels_engine.TOLERANCES.clear()  # its own defaults, which are looser and faster
    data = pd.read_parquet(path)
    small = network(20, 10, 8, 12)
    fit_mixed_model(formula, small, engine="profiled")  # imports and first calls
    start = time.process_time()
    fit = fit_mixed_model(formula, data, engine=engine)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "seconds": seconds,
                "criterion": fit.criterion,
                "megabytes": peak,
                "converged": fit.converged,
            }
        )
    )


def sum_parquet(path: str, formula: str) -> None:
    """Fit from a Parquet file in chunks and print what it took."""
    import resource
    import time

    import pyarrow.parquet as pq

    from workbench.models.mixed import fit_mixed_model
    from workbench.models.roles import Roles
    from workbench.models.sufficient_statistics import SufficientStatistics

    start = time.process_time()
    batches = pq.ParquetFile(path, pre_buffer=False).iter_batches(batch_size=250_000)
    outer, crossed = ("| site" in formula) * "site", ("| rater" in formula) * "rater"
    roles = Roles("practitioner", outer, crossed)
    chunks = (batch.to_pandas() for batch in batches)
    statistics = SufficientStatistics.from_chunks(formula, chunks, roles=roles)
    summed = time.process_time() - start
    fit = fit_mixed_model(formula, statistics)
    seconds = time.process_time() - start
    found = {
        "rows": statistics.n_obs,
        "CPU seconds": seconds,
        "of these summing": summed,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "criterion": fit.criterion,
    }
    if statistics.n_obs < IN_MEMORY_TOO:
        whole = fit_mixed_model(formula, pd.read_parquet(path))
        ours, theirs = fit.tidy().set_index("term"), whole.tidy().set_index("term")
        columns = ["estimate", "std_error"]
        change = (ours[columns] / theirs[columns] - 1).abs().to_numpy().max()
        found["largest relative difference from memory"] = change
    print(json.dumps(found))


def in_own_process(arguments: list[str]) -> dict[str, float]:
    """Run a command on one core and read the JSON that it prints last."""
    one_core = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            check=True,
            timeout=TIME_LIMIT,
            env={**os.environ, **one_core},
        )
    except subprocess.TimeoutExpired:
        return {"seconds": float("nan"), "criterion": float("nan"), "megabytes": float("nan")}
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(sizes: list[str], models: list[str], statsmodels: bool, lme4: bool) -> pd.DataFrame:
    """Time every engine on every size and model."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "fit.R"
        script.write_text(LME4, encoding="utf-8")
        for size in sizes:
            data = network(*SIZES[size])
            parquet, csv = Path(folder) / f"{size}.parquet", Path(folder) / f"{size}.csv"
            data.to_parquet(parquet)
            if lme4:
                data.to_csv(csv, index=False)
            for model in models:
                me = [sys.executable, __file__, "--fit", str(parquet), FIXED + MODELS[model]]
                runs = {"profiled": in_own_process([*me, "profiled"])}
                if statsmodels and model in STATSMODELS:
                    me[-1] = FIXED + STATSMODELS[model]
                    runs["statsmodels"] = in_own_process([*me, "statsmodels"])
                if lme4:
                    runs["lme4"] = in_own_process(
                        ["Rscript", str(script), str(csv), FIXED + MODELS[model]]
                    )
                for engine, run in runs.items():
                    row = {"size": size, "rows": len(data), "model": model, "engine": engine}
                    row |= {
                        "CPU seconds": run["seconds"],
                        "times the profiled": run["seconds"] / runs["profiled"]["seconds"],
                        "peak MB": run["megabytes"],
                        "criterion": run["criterion"],
                        "above the profiled": run["criterion"] - runs["profiled"]["criterion"],
                    }
                    print(row, file=sys.stderr)
                    found.append(row)
    return pd.DataFrame(found)


def parquet_benchmark(rows: int) -> pd.DataFrame:
    """Fit from Parquet files of growing length."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        import pyarrow as pa
        import pyarrow.parquet as pq

        for target in (rows // 10, rows):
            path, written = Path(folder) / f"{target}.parquet", 0
            writer, part = None, 0
            while written < target:
                data = network(200, 25, 20, 100, seed=100 + part)
                data["practitioner"] += 5000 * (part % 4)
                data["site"] += 200 * (part % 4)
                table = pa.Table.from_pandas(data, preserve_index=False)
                writer = writer or pq.ParquetWriter(path, table.schema)
                writer.write_table(table)
                written, part = written + len(data), part + 1
            assert writer is not None
            writer.close()
            for model in MODELS:
                me = [sys.executable, __file__, "--sum", str(path), FIXED + MODELS[model]]
                found.append({"model": model} | in_own_process(me))
                print(found[-1], file=sys.stderr)
    return pd.DataFrame(found)


def main() -> None:
    """Read the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--statsmodels", action="store_true")
    parser.add_argument("--lme4", action="store_true")
    parser.add_argument("--parquet", type=int, default=0, metavar="ROWS")
    parser.add_argument("--fit", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--sum", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fit:
        fit_once(*asked.fit)
    elif asked.sum:
        sum_parquet(*asked.sum)
    elif asked.parquet:
        print(parquet_benchmark(asked.parquet).to_string(index=False))
    else:
        if asked.lme4 and shutil.which("Rscript") is None:
            parser.error("--lme4 needs Rscript with the package lme4")
        table = compare(asked.sizes, asked.models, asked.statsmodels, asked.lme4)
        print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    main()
