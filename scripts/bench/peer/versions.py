"""Prints the versions that were measured; usage: python -m peer.versions OURS"""

import platform
import sys

import duckdb
import numpy
import polars
import pyarrow
import pyogrio
import pyproj
import shapely


def dotted(version):
    return ".".join(map(str, version))


print(
    f"{sys.argv[1]}; DuckDB {duckdb.__version__} with spatial; polars {polars.__version__}; "
    f"shapely {shapely.__version__} (GEOS {dotted(shapely.geos_version)}); "
    f"pyogrio {pyogrio.__version__} (GDAL {dotted(pyogrio.__gdal_version__)}); "
    f"pyproj {pyproj.__version__} (PROJ {pyproj.proj_version_str}); "
    f"pyarrow {pyarrow.__version__}; numpy {numpy.__version__}; Python {platform.python_version()}."
)
