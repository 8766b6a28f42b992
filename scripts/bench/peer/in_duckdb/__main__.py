"""The job in DuckDB with its spatial extension: SQL driven from Python. Run by scripts/bench/peers.

usage: python -m peer.in_duckdb PIPELINE.toml OUT
"""

from .blocks import find_blocks
from .ledgers import carrier_sizes, read_enterprises, read_ledger, settle_ledgers
from .occupancy import settle_occupancy
from .parcels import read_parcels
from .results import write
from .session import db, job
from .yields import judge, sum_up

with job.phase("parcels"):
    read_parcels()
with job.phase("ledgers: read"):
    read_enterprises()
    read_ledger("tax", "kind", "tax_yuan", lambda it: it.size("tax_yuan"))
    read_ledger("energy", "carrier", "quantity", carrier_sizes)
with job.phase("ledgers: settle"):
    settle_ledgers()
with job.phase("occupancy"):
    settle_occupancy()
with job.phase("allocate and yield"):
    sum_up()
with job.phase("judge"):
    judge()
with job.phase("blocks"):
    find_blocks()
with job.phase("write"):
    write()
rejected = db.sql(
    "SELECT reason, count(*) FROM feature WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason"
).fetchall()
job.finish(dict(rejected))
