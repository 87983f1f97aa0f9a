#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""table.py DIR PROFILE

Reads the guest's figures from stdin ("COLUMN KEY VALUE"; see dp/guest) and what the plugin counted from
DIR/windows, and prints the table: a row for each kind of work, a column for each driver, what ours must
keep to, and whether it does. Exit status 1 if it does not.

A key "window:K N" stands for the next of the windows; it gives two figures, per one of the N:
"module:K", instructions in the driver's own module, and "total:K", those of the whole kernel. Of several
windows of one key it is the median.

With a PROFILE, a regular expression, it first prints for the windows whose "COLUMN KEY" matches which
functions the instructions were in.
"""
import bisect
import re
import statistics
import sys

PATHS = ("slave-slave", "slave-wire", "wire-slave")
WORK = (("udp18", "UDP 18 B"), ("udp1400", "UDP 1400 B"), ("tcprr", "TCP round trip"),
        ("tcp64k", "TCP 64 KiB"))


class Row:
    """One kind of work. value and limit are functions of a column's figures, None if it has none."""

    def __init__(self, title, value, limit=None, must=""):
        self.title, self.value, self.limit, self.must = title, value, limit, must


class Head:
    def __init__(self, title):
        self.title = title


def of(key, divisor=1):
    return lambda figures: figures[key] / divisor if key in figures else None


def caused(key, kind, divisor=1):
    """By a frame of the flood: less what the waiting between two costs."""
    def value(figures):
        total, silence = figures.get(f"total:{key}/{kind}"), figures.get(f"total:{key}/silence")
        return None if total is None else (total - silence) / divisor
    return value


def difference(many, few):
    def value(figures):
        a, b = many(figures), few(figures)
        return None if a is None or b is None else a - b
    return value


def both(one, other):
    def value(figures):
        a, b = one(figures), other(figures)
        return None if a is None or b is None else a + b
    return value


def at_most(title, value, limit):
    return Row(title, value, lambda columns: limit, f"≤ {limit:,}")


def no_more_than(title, value, column, times=1.0):
    def limit(columns):
        other = value(columns.get(column, {}))
        return None if other is None else times * other
    return Row(title, value, limit, f"≤ {column}" if times == 1 else f"≤ {times} {column}")


def packet_rows():
    inside = {("l2", "slave-slave"): 200, ("l2", "slave-wire"): 60, ("l2", "wire-slave"): 160}
    whole = {("l3", "slave-wire"): 7000, ("l3s", "wire-slave"): 6800}

    yield Head("inside the module, UDP 18 B")
    for family in ("v4", "v6"):
        for mode in ("l2", "l3", "l3s"):
            for path in PATHS:
                value = of(f"module:{family}/{mode}/{path}/udp18")
                title = f"{mode} {path.replace('-', ' → ')}, IP{family}"
                limit = inside.get((mode, path)) if family == "v4" else None
                # what ours does itself, the kernel's driver leaves to the host's IP output
                if mode != "l2" and path == "slave-wire":
                    yield Row(title, value)
                else:
                    yield (at_most(title, value, limit) if limit else
                           no_more_than(title, value, "in-tree"))
    yield Head("socket to socket")
    for work, words in WORK:
        for family in ("v4", "v6"):
            for mode in ("l2", "l3", "l3s"):
                for path in PATHS:
                    value = of(f"{family}/{mode}/{path}/{work}")
                    title = f"{mode} {path.replace('-', ' → ')}, {words}, IP{family}"
                    limit = (whole.get((mode, path)) if (family, work) == ("v4", "udp18")
                             else None)
                    yield (at_most(title, value, limit) if limit else
                           no_more_than(title, value, "in-tree"))


def ratio_rows():
    yield Head("socket to socket, in percent of a bare veth pair")
    for work, words in WORK:
        for family in ("v4", "v6"):
            for mode in ("l2", "l3"):
                for path in PATHS:
                    yield Row(f"{mode} {path.replace('-', ' → ')}, {words}, IP{family}",
                              of(f"ratio:{family}/{mode}/{path}/{work}"))


def crowd_rows():
    yield Head("a lookup among 5,000 addresses: more than among 10")
    for key, words in (("", "IPv4 slave → slave"), ("/v6", "IPv6 slave → slave"),
                       ("/wire", "IPv4 wire → slave")):
        yield at_most(words, difference(of(f"crowd5000{key}/udp18"), of(f"crowd10{key}/udp18")), 20)
    yield Head("an ARP request or solicitation for one slave, all that it causes")
    for kind, words in (("arp", "ARP request"), ("solicit", "solicitation")):
        for sender, name in (("w", "the wire"), ("a", "a slave")):
            many, few = (caused(f"crowd{size}/from-{sender}/{kind}", kind) for size in (1000, 10))
            yield Row(f"{words} of {name}, 1,000 slaves", many)
            yield at_most("  more than with 10 slaves", difference(many, few), 1000)
    yield Head("a true broadcast, 1,000 slaves")
    for sender, name in (("w", "the wire"), ("a", "a slave")):
        yield at_most(f"of {name}, for each slave",
                      caused(f"crowd1000/from-{sender}/20", "broadcast", 998), 2650)
        yield at_most("  copies lost of 20 one by one", of(f"crowd1000/from-{sender}/20/lost"), 0)
        yield at_most("  copies lost of 100 at once", of(f"crowd1000/from-{sender}/100/lost"), 0)
    yield Head("one more address")
    for size in (10, 1000, 5000):
        for verb in ("add", "delete"):
            yield no_more_than(f"{verb}, {size:,} slaves",
                               of(f"crowd{size}/{verb}-address"), "macvlan", 1.1)
    yield Head("a slave, the whole kernel's work")
    for size in (1000, 5000):
        yield no_more_than(f"create up to {size:,}", of(f"total:crowd{size}/create"), "in-tree")
        yield no_more_than(f"its address up to {size:,}", of(f"total:crowd{size}/address"),
                           "in-tree")
    yield no_more_than("delete 5,000 as a group", of("total:crowd5000/delete-group"), "in-tree")


def storm_rows():
    yield Head("400 slaves with IPv6 up at once")
    yield at_most("softnet drops", of("storm/softnet-drops"), 0)
    yield at_most("other drops", of("storm/other-drops"), 0)
    yield at_most("addresses not settled after 15 s", of("storm/unsettled"), 0)
    yield Row("instructions to bring one up", of("total:storm/up"))


def links_rows():
    yield Head("400 slaves, each of them")
    for verb, words in (("delete", "one by one"), ("delete-group", "as a group")):
        yield no_more_than(f"create, up, delete, {words}: instructions",
                           both(of("total:links/create"), of(f"total:links/{verb}")), "in-tree")
    yield no_more_than("an address: instructions", of("total:links/address"), "in-tree")
    yield Row("an address: ns, waits included", of("links/elapsed:address"))
    for verb, words in (("create", "create and up"), ("delete", "delete, one by one"),
                        ("delete-group", "delete, as a group")):
        yield Row(f"{words}: instructions", of(f"total:links/{verb}"))
        yield Row(f"{words}: ns, waits included", of(f"links/elapsed:{verb}"))


ROWS = [*packet_rows(), *ratio_rows(), *crowd_rows(), *storm_rows(), *links_rows()]


# ---- what the plugin counted ---------------------------------------------------------------------

class Symbols:
    def __init__(self, path):
        entries = []
        with open(path) as file:
            for line in file:
                at, kind, name, *module = line.split()
                if kind in "tTwW":
                    entries.append((int(at, 16), name, module[0].strip("[]") if module else ""))
        entries.sort()
        self.entries, self.starts = entries, [entry[0] for entry in entries]

    def find(self, at):
        return self.entries[max(bisect.bisect_right(self.starts, at) - 1, 0)][1:]


def read_windows(path):
    windows = []
    with open(path) as file:
        for line in file:
            first, second = line.split()
            if first == "window":
                windows.append((int(second), []))
            else:
                windows[-1][1].append((int(first, 16), int(second)))
    return windows


def functions(blocks, symbols):
    """(function, module) -> instructions"""
    sums = {}
    for at, count in blocks:
        name = symbols.find(at)
        sums[name] = sums.get(name, 0) + count
    return sums


def print_profile(title, total, times, sums):
    print(f"{title}: {total / times:,.0f} instructions")
    for n, ((name, module), count) in enumerate(sorted(sums.items(), key=lambda item: -item[1])):
        if n < 30 or module:
            print(f"  {count / times:10.1f}  {name} {module and f'[{module}]'}")


# ---- in, out -------------------------------------------------------------------------------------

def read_figures(lines, directory, profile):
    columns, symbols, measured = {}, {}, {}
    windows = iter(read_windows(f"{directory}/windows"))
    for line in lines:
        column, key, value = line.split()
        figures = columns.setdefault(column, {})
        if not key.startswith("window:"):
            figures[key] = float(value)
            continue
        key, times = key.removeprefix("window:"), int(value)
        total, blocks = next(windows)
        if column not in symbols:
            symbols[column] = Symbols(f"{directory}/symbols.{column}")
        sums = functions(blocks, symbols[column])
        module = "macvlan" if column == "macvlan" else "ipvlan"
        inside = sum(n for (_, of), n in sums.items() if of == module)
        measured.setdefault((column, "total:" + key), []).append(total / times)
        measured.setdefault((column, "module:" + key), []).append(inside / times)
        if profile and re.search(profile, f"{column} {key}"):
            print_profile(f"{column} {key}", total, times, sums)
    if next(windows, None):
        sys.exit("table: more windows than the guest says: count.c and window.h disagree")
    for (column, key), values in measured.items():
        columns[column][key] = statistics.median(values)
    add_ratios(columns)
    return columns


def add_ratios(columns):
    """To the floor, which has no modes: whatever the mode, there is no less than its l2."""
    floor = dict(columns.get("veth", {}))
    for figures in columns.values():
        for key, value in list(figures.items()):
            base = floor.get(key.replace("/l3/", "/l2/"))
            if key.startswith("v") and base:
                figures["ratio:" + key] = 100 * value / base


def show(value):
    return "-" if value is None else f"{value:,.0f}"


def print_table(columns):
    """How many rows ours does not keep to."""
    short, head = 0, None

    print(f"{'':46}" + "".join(f"{name:>12}" for name in columns) + "  must be")
    for row in ROWS:
        if isinstance(row, Head):
            head = row
            continue
        values = {name: row.value(figures) for name, figures in columns.items()}
        # nothing of it was measured, or only where it is not asked for
        if all(value is None for value in values.values()):
            continue
        if head:
            print(head.title)
            head = None
        limit, ours, verdict = row.limit and row.limit(columns), values.get("ours"), ""
        if limit is not None:
            verdict = "missing" if ours is None else "pass" if ours <= limit else "SHORT"
            short += verdict != "pass"
        print(f"  {row.title:44}" + "".join(f"{show(value):>12}" for value in values.values()) +
              f"  {row.must:14} {verdict}".rstrip())
    return short


def main():
    directory, profile = sys.argv[1:]
    columns = read_figures(sys.stdin, directory, profile)
    short = print_table(columns)
    print(f"{short} rows short" if short else "every row holds")
    sys.exit(short > 0)


if __name__ == "__main__":
    main()
