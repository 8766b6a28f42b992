"""An evaluator of its own: works the sample's evaluations out anew, from its truth and the policy file, and compares.

usage: evaluate.py SAMPLE SNAPSHOT POLICY…

From the snapshot it takes who occupies how much land and how much of each value is known; amounts, obligations and which
plots are being built on come from the sample's truth; benchmarks, points, totals, ranks and grades are worked out here, in exact fractions.
"""

import sys
import tomllib
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import pandas as pd

MU_CM2, WAN, ONE = Fraction(20_000_000, 3), 1_000_000, 10**12
UNIT = {"kwh": 1000, "kg": 1000, "m3": 1000, "mj": 1000}
OF = {
    "tax_wan_per_mu": ("tax", "mu", WAN), "tax_wan_per_tce": ("tax", "tce", WAN), "tax_yuan_per_kwh": ("tax", "kwh", 100),
    "revenue_wan_per_mu": ("revenue", "mu", WAN), "value_added_wan_per_mu": ("value_added", "mu", WAN),
    "value_added_wan_per_person": ("value_added", "staff", WAN), "value_added_wan_per_tce": ("value_added", "tce", WAN),
    "rd_share": ("rd", "revenue", 1),
    "value_added_wan_per_emission_t": ("value_added", "emission_t", WAN),
    "obligations_met_share": ("obligations_met", "obligations_due", 1),
}


def rounded(number):
    """To the nearest whole number, halves away from zero."""
    sign = -1 if number < 0 else 1
    return sign * int((abs(number) + Fraction(1, 2)) // 1)


def firms(truth, bi, policy):
    """What each enterprise made in a county and year: sums of the truth's rows, in fen, grams, Wh and persons."""
    sums = defaultdict(dict)

    def add(rows, amounts, name):
        keys = zip(rows.uscc, rows.county_code, rows.period)
        for key, amount in zip(keys, amounts):
            if not pd.isna(amount):
                sums[key][name] = sums[key].get(name, 0) + int(amount)

    tax = pd.read_parquet(truth / "tax.parquet")
    tax = tax[tax.kind.isin(policy["tax"]["counted_kinds"])]
    add(tax, tax.tax_fen, "tax")
    energy = pd.read_parquet(truth / "energy.parquet")
    for carrier, rows in energy.groupby("carrier"):
        factor = policy["energy"][carrier]
        grams = Fraction(factor["equivalent"]) * 1000 / UNIT[factor["unit"]]
        add(rows, [rounded(quantity * grams) for quantity in rows.quantity.tolist()], "tce")
    electricity = energy[energy.unit == "Wh"]
    add(electricity, electricity.quantity, "kwh")
    output = pd.read_parquet(truth / "output.parquet")
    for column, name in (("revenue_fen", "revenue"), ("value_added_fen", "value_added"), ("rd_fen", "rd"), ("staff", "staff")):
        add(output, output[column], name)
    if (truth / "emission.parquet").exists():
        for pollutant, rows in pd.read_parquet(truth / "emission.parquet").groupby("pollutant"):
            weight = Fraction(str(policy.get("emission", {}).get(pollutant, {"weight": 0})["weight"]))
            add(rows, [rounded(quantity * weight) for quantity in rows.quantity.tolist()], "emission_t")
    held = pd.read_parquet(bi / "parcel_enterprise.parquet")
    gather_strays(sums, {(row.uscc, row.county_code, row.period) for row in held.itertuples()})
    land = held.dropna(subset="occupied_mu")
    building = pd.Series(False, land.index)
    if (truth / "project.parquet").exists():
        projects = pd.read_parquet(truth / "project.parquet")
        due = projects[projects.state != "not_due"]
        add(due, [1] * len(due), "obligations_due")
        add(due, [int(state == "met") for state in due.state], "obligations_met")
        plots = projects[projects.is_under_construction.fillna(False).astype(bool)]
        plots = set(zip(plots.uscc, plots.parcel_id, plots.period))
        building = pd.Series([plot in plots for plot in zip(land.uscc, land.parcel_id, land.period)], land.index)
    for rows, name in ((land[~building], "mu"), (land[building], "construction")):
        add(rows, [round(mu * float(MU_CM2)) for mu in rows.occupied_mu], name)
    return sums


def gather_strays(sums, holding):
    """What came in a county where the enterprise holds nothing goes where it holds its land (the sample's strays: one county)."""
    homes = defaultdict(set)
    for firm, county, period in holding:
        homes[firm, period].add(county)
    for firm, county, period in [key for key in sums if key not in holding and homes[key[0], key[2]]]:
        (home,) = homes[firm, period]
        for name, amount in sums.pop((firm, county, period)).items():
            sums[firm, home, period][name] = sums[firm, home, period].get(name, 0) + amount


def heads(links, kinds, period):
    """Whom each linked enterprise belongs to at the end of a period; the sample's links lead to one head each."""
    links = links[links.kind.isin(kinds) & (links.valid_from.astype(str) <= f"{period}-12-31")]
    to = dict(zip(links.uscc, links.related_uscc))

    def head(uscc):
        return uscc if to.get(uscc, uscc) == uscc else head(to[uscc])

    return {uscc: head(uscc) for uscc in {*to, *to.values()}}


def together(sums, links, kinds):
    """Sums the figures of those who belong together in a county and year under their head; and who is whose member."""
    groups = defaultdict(list)
    of = {period: heads(links, kinds, period) for period in {period for *_, period in sums}}
    for uscc, county, period in sums:
        groups[of[period].get(uscc, uscc), county, period].append(uscc)
    summed, members = {}, {}
    for (head, county, period), all_of in groups.items():
        alone = len(all_of) == 1
        total = summed.setdefault((all_of[0] if alone else head, county, period), {})
        for uscc in all_of:
            for name, amount in sums[uscc, county, period].items():
                total[name] = total.get(name, 0) + amount
            if not alone and uscc != head:
                members[uscc, county, period] = head
    return summed, members


def value(sums, column):
    """In the column's published unit."""
    above, below, size = OF[column]
    scale = {"mu": 1 / MU_CM2, "tce": Fraction(1, 10**6), "emission_t": Fraction(1, 10**6), "kwh": Fraction(1, 1000),
             "staff": 1, "revenue": 1, "obligations_due": 1}[below]
    return Fraction(sums[above]) / size / (sums[below] * scale) if sums.get(below) else None


def evaluated(group, members, known, figures):
    """The points of each item of each member, its total, rank and grade."""
    items = {}
    for indicator in group["indicator"]:
        column, weight = indicator["column"], Fraction(str(indicator["weight"]))
        cap = Fraction(str(indicator.get("cap", group["cap"]))) * weight
        floor = Fraction(str(indicator.get("floor", group["floor"]))) * weight
        exact = [firm for firm in members if known[firm, indicator["id"]] == "complete"]
        if "value" in indicator["benchmark"]:
            benchmark = Fraction(str(indicator["benchmark"]["value"]))
        else:
            above = sum(figures[firm][OF[column][0]] for firm in exact)
            below = {"a": above, OF[column][1]: sum(figures[firm][OF[column][1]] for firm in exact)}
            benchmark = value({**below, OF[column][0]: above}, column) if exact else None
        points = {}
        for firm in members:
            worth = value(figures[firm], column) if known[firm, indicator["id"]] != "none" else None
            raw = rounded(worth / benchmark * weight * ONE) if worth is not None and benchmark else None
            if raw is not None and (known[firm, indicator["id"]] == "complete" or raw >= cap * ONE):
                points[firm] = min(max(raw, floor * ONE), cap * ONE)
        if indicator.get("missing") == "group_mean" and points:
            mean = rounded(Fraction(sum(points.values()), len(points)))
            points = {firm: points.get(firm, mean) for firm in members}
        items[indicator["id"]] = points
    totals = {firm: sum(points[firm] for points in items.values()) for firm in members
              if all(firm in points for points in items.values())}
    falling = sorted(totals.values(), reverse=True)
    sums, cuts = Fraction(0), []
    for grade in "ABC":
        sums += Fraction(str(group["grades"]["shares"][grade]))
        place = rounded(sums * len(falling))
        cuts.append(falling[place - 1] if place else None)
    grades = {firm: next((g for g, cut in zip("ABC", cuts) if cut is not None and total >= cut), "D")
              for firm, total in totals.items()}
    return items, totals, {firm: falling.index(total) + 1 for firm, total in totals.items()}, grades


def main(sample, snapshot, *paths):
    truth, bi = Path(sample) / "truth", Path(snapshot) / "bi"
    policies = {}
    for path in paths:
        policy = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        base = policies.get(Path(policy.get("extends", "")).stem, {})
        policies[policy["id"]] = {**base, **policy}
    evaluations = pd.read_parquet(bi / "enterprise_evaluation.parquet")
    known, published = {}, {}
    for row in pd.read_parquet(bi / "enterprise_indicator.parquet").itertuples():
        firm = (row.uscc, row.county_code, row.period)
        known[firm, row.indicator_id], published[firm, row.indicator_id] = row.completeness, row.points
    links = truth / "enterprise_link.parquet"
    links = pd.read_parquet(links) if links.exists() else None
    compared, differing, sums, members_of = 0, [], {}, {}
    chosen = evaluations[evaluations.standing.isin(["ranked", "not_judged"])]
    for (name, group_id, *_), rows in chosen.groupby(["set_id", "evaluation_id", "county_code", "period"]):
        policy = policies[name]
        group = next(group for group in policy["evaluation"] if group["id"] == group_id)
        if name not in sums:
            sums[name], members_of[name] = firms(truth, bi, policy), {}
            # Who is known there by what does not count alone, as tax of other kinds, belongs to its group all the same.
            for row in evaluations[evaluations.set_id == name].itertuples():
                sums[name].setdefault((row.uscc, row.county_code, row.period), {})
            if policy.get("together"):
                sums[name], members_of[name] = together(sums[name], links, policy["together"])
        figures = sums[name]
        members = [(row.uscc, row.county_code, row.period) for row in rows.itertuples()]
        items, totals, ranks, grades = evaluated(group, members, known, figures)
        for firm, row in zip(members, rows.itertuples()):
            told = [(f"points {item}", published[firm, item], points[firm] / ONE if firm in points else None)
                    for item, points in items.items()]
            told.append(("total", row.item_points, totals[firm] / ONE if firm in totals else None))
            told.append(("rank", row.rank, ranks.get(firm)))
            for what, ours, own in told:
                compared += 1
                if pd.isna(ours) != (own is None) or (own is not None and abs(float(ours) - float(own)) > 1e-9):
                    differing.append(f"{firm[1:]} {group_id} {what}: {ours} published, {own} worked out")
            compared += 1
            if (None if pd.isna(row.grade_by_total) else row.grade_by_total) != grades.get(firm):
                differing.append(f"{firm[1:]} {group_id} grade: {row.grade_by_total} published, {grades.get(firm)} worked out")
    # Who is a member is evaluated with its head and nobody else, and has its grade.
    rows = {(row.uscc, row.county_code, row.period): row for row in evaluations.itertuples()}
    for firm, row in rows.items():
        head = members_of.get(row.set_id, {}).get(firm)
        compared += 1
        told = (row.standing == "member", None if pd.isna(row.group_uscc) or row.group_uscc == row.uscc else row.group_uscc)
        grade = rows[head, *firm[1:]].grade if head else row.grade
        if told != (head is not None, head) or not (pd.isna(grade) and pd.isna(row.grade) or grade == row.grade):
            differing.append(f"{firm[1:]} member: {row.standing} published, {'a member' if head else 'none'} worked out")
    # A member's figures stand in its head's row.
    for row in evaluations[evaluations.standing != "member"].itertuples():
        for ours, name in ((row.land_mu, "mu"), (row.construction_mu, "construction")):
            compared += 1
            own = sums.get(row.set_id, {}).get((row.uscc, row.county_code, row.period), {}).get(name, 0) / MU_CM2
            if row.set_id in sums and abs(ours - float(own)) > 1e-6:
                differing.append(f"{row.county_code} {row.period} land {name}: {ours} published, {float(own)} worked out")
    print(f"{sum(map(len, members_of.values())):,} members of groups")
    print(f"{compared:,} figures of {len(chosen):,} evaluations compared by {len(policies)} sets, {len(differing)} differ")
    print("\n".join(differing[:10]))
    return 1 if differing or not compared else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
