"""A small pack with nothing wrong in it, to be broken in one place at a time."""

from __future__ import annotations

from pathlib import Path

PACK = """
[pack]
name = "small"
title = "小镇"
version = "1"
[calendar]
zone = "Asia/Shanghai"
periods = [["09:00", "12:00"], ["13:30", "17:30"]]
[numbers]
case = { format = "{code}-{yyyy}-{seq:6}" }
[area]
code = "990101"
name = "小县"
[[level]]
key = "county"
title = "县"
digits = 6
centre = "centre"
[[unit_kind]]
key = "above"
title = "上级"
level = "county"
[[unit_kind]]
key = "centre"
title = "中心"
level = "county"
superior = "above"
centre = true
[[unit_kind]]
key = "office"
title = "部门"
level = "county"
superior = "above"
assignable = true
[[office]]
key = "above"
title = "县委"
kind = "above"
[[office]]
key = "centre"
title = "中心"
kind = "centre"
[[office]]
key = "roads"
title = "交通局"
kind = "office"
[[post]]
key = "dispatcher"
title = "调度员"
unit_kinds = ["above", "centre"]
duties = ["cases:case:read", "cases:case:open", "cases:case:act"]
[[post]]
key = "officer"
title = "经办人"
unit_kinds = ["office"]
duties = ["cases:case:read", "cases:case:act"]
[[post]]
key = "window"
title = "窗口"
unit_kinds = ["centre"]
duties = ["cases:case:read", "cases:case:add"]
[[category]]
key = "roads"
title = "道路"
children = { bridge = "桥梁" }
[[duty]]
level = "county"
lines = { roads = { office = "roads", basis = "道路养护" } }
"""

MATTER = """
[procedure]
key = "matter"
title = "事项"
start = { action = "register", state = "new" }
[[state]]
key = "new"
title = "待交办"
holder = { post = "dispatcher", at = "centre" }
[[state]]
key = "handling"
title = "办理中"
holder = { fact = "office", post = "officer" }
[[state]]
key = "waiting"
title = "等待"
holder = { keep = true }
[[state]]
key = "done"
title = "已办结"
final = true
reopens = { to = "handling", within = { n = 30, unit = "calendar_day" }, times = 1 }
[[action]]
key = "register"
title = "登记"
to = "new"
who = ["dispatcher", "resident"]
needs = { weight = { type = "choice", title = "性质", of = ["ordinary", "major"] } }
event = "registered"
[[action]]
key = "assign"
title = "交办"
from = ["new"]
to = "handling"
needs = { office = { type = "unit", title = "承办单位", of = ["@assignable"] } }
event = "assigned"
[[action]]
key = "hand_back"
title = "退回"
from = ["handling"]
to = "new"
guard = [{ count = "handed_back", max_before = 1, say = "只能退两次" }]
event = "handed_back"
[[action]]
key = "pause"
title = "暂停"
from = ["handling"]
to = "waiting"
guard = [{ count = "paused", since = "reopened", max_before = 0, say = "只能暂停一次" }]
needs = { until = { type = "date", title = "到" } }
event = "paused"
[[action]]
key = "resume"
title = "恢复"
from = ["waiting"]
to = "handling"
who = ["holder", "system"]
automatic = { date_fact = "until" }
event = "resumed"
[[action]]
key = "note"
title = "进展"
from = ["handling"]
event = "noted"
[[action]]
key = "finish"
title = "办结"
from = ["handling"]
to = "done"
event = "finished"
[[action]]
key = "reopen"
title = "重新办理"
from = ["done"]
to = "handling"
who = ["resident", "dispatcher"]
guard = [{ count = "reopened", max_before = 0, say = "只能重新办理一次" }]
event = "reopened"
[[action]]
key = "call"
title = "吹哨"
from = ["handling"]
to = "stay"
guard = [{ count = "called", max_before = 2, say = "最多三次" }]
needs = { offices = { type = "units", title = "单位", of = ["office"] } }
event = "called"
[[thread]]
key = "call"
title = "吹哨"
opened_by = { action = "call", one_for_each = "offices" }
start = "asked"
[[thread.state]]
key = "asked"
title = "待报到"
holder = { item = "office", post = "officer" }
[[thread.state]]
key = "came"
title = "已报到"
final = true
[[thread.action]]
key = "come"
title = "报到"
from = ["asked"]
to = "came"
event = "came"
[[thread.clock]]
key = "come"
title = "报到"
starts = ["opened"]
stops = ["came"]
limit = { n = 1, unit = "working_day" }
[[clock]]
key = "dispatch"
title = "交办"
starts = ["registered", "handed_back"]
stops = ["assigned"]
limit = { n = 1, unit = "working_day" }
[[clock]]
key = "resolve"
title = "办结"
starts = ["registered", "reopened"]
stops = ["finished"]
pauses = { paused = "resumed" }
limits = [{ where = { weight = "major" }, n = 1, unit = "month" }, { n = 7, unit = "working_day" }]
"""


def write(folder: Path, pack: str = PACK, matter: str = MATTER, **files: str) -> Path:
    """The pack's files in a folder; ``files`` are further ones, "__" for "/" and "_toml" for ".toml" in their names."""
    (folder / "procedures").mkdir(parents=True, exist_ok=True)
    (folder / "pack.toml").write_text(pack, "utf-8")
    (folder / "procedures" / "matter.toml").write_text(matter, "utf-8")
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_toml", ".toml").replace("_csv", ".csv")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder


def changed(text: str, old: str, new: str) -> str:
    """The text with its one ``old`` replaced."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)
