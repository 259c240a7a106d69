"""A small county for tests: two townships, three villages, four grids, their units, and one person in each post."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.access.actors import Actor, actor_for
from bihuan.packs.shape import AreaSpec, CalendarSpec, Level, Lights, OfficeSpec, Pack, PostSpec, UnitKind
from bihuan.people.models import Post
from bihuan.people.selectors import directory
from bihuan.people.services import AccountRow, PostRow, create_accounts, create_units, give_posts, posts_apart, units_of_pack
from bihuan.places.selectors import descendants, top_areas
from bihuan.places.services import AreaRow, load_areas
from bihuan.rulebook.services import publish
from bihuan.rules.scope import Duty
from bihuan.rules.terms import Span

COUNTY, EAST, WEST = "990101", "990101001", "990101002"
EAST_A, EAST_B, WEST_A = "990101001201", "990101001202", "990101002201"
GRID_1, GRID_2, GRID_3, GRID_4 = (f"{EAST_A}001", f"{EAST_A}002", f"{EAST_B}001", f"{WEST_A}001")
AREAS = (
    AreaRow(COUNTY, "云溪县", "county"),
    AreaRow(EAST, "东岭镇", "township", COUNTY),
    AreaRow(WEST, "西桥镇", "township", COUNTY),
    AreaRow(EAST_A, "青石村", "village", EAST),
    AreaRow(EAST_B, "白杨村", "village", EAST),
    AreaRow(WEST_A, "柳湾村", "village", WEST),
    AreaRow(GRID_1, "第1网格", "grid", EAST_A),
    AreaRow(GRID_2, "第2网格", "grid", EAST_A),
    AreaRow(GRID_3, "第1网格", "grid", EAST_B),
    AreaRow(GRID_4, "第1网格", "grid", WEST_A),
)
_READ, _ACT = Duty.CASE_READ.value, Duty.CASE_ACT.value
PACK = Pack(
    name="small",
    title="测试县",
    version="1",
    calendar=CalendarSpec(zone="Asia/Shanghai", periods=(("09:00", "12:00"), ("13:30", "17:30"))),
    lights=Lights(amber=Span(1, "working_day")),
    area=AreaSpec(code=COUNTY, name="云溪县"),
    levels=(
        Level(key="county", title="县", digits=6, centre="county_centre"),
        Level(key="township", title="乡镇", digits=9, centre="township_centre"),
        Level(key="village", title="村", digits=12),
        Level(key="grid", title="网格", digits=15),
    ),
    unit_kinds=(
        UnitKind(key="county_authority", title="县级机关", level="county"),
        UnitKind(key="county_centre", title="县中心", level="county", superior="county_authority", centre=True),
        UnitKind(key="county_office", title="县直部门", level="county", superior="county_authority", assignable=True),
        UnitKind(key="township_centre", title="乡镇中心", level="township", superior="county_centre", centre=True),
        UnitKind(key="township_station", title="站所", level="township", superior="township_centre", assignable=True),
        UnitKind(key="village_unit", title="村", level="village", superior="township_centre"),
        UnitKind(key="grid_unit", title="网格", level="grid", superior="village_unit"),
    ),
    offices=(
        OfficeSpec(key="authority", title="县委政法委", kind="county_authority"),
        OfficeSpec(key="centre", title="县社会治理中心", kind="county_centre"),
        OfficeSpec(key="housing", title="县住建局", kind="county_office"),
        OfficeSpec(key="water", title="县水利局", kind="county_office"),
        OfficeSpec(key="township_centre", title="{area}中心", kind="township_centre", per="township"),
        OfficeSpec(key="police", title="{area}派出所", kind="township_station", per="township"),
        OfficeSpec(key="village_unit", title="{area}工作站", kind="village_unit", per="village"),
        OfficeSpec(key="grid_unit", title="{area}", kind="grid_unit", per="grid"),
    ),
    posts=(
        PostSpec(
            key="dispatcher", title="调度员", unit_kinds=("county_centre", "township_centre"),
            duties=(_READ, _ACT, Duty.CASE_ASSIGN.value, Duty.CONTACT_UNMASK.value),
        ),
        PostSpec(key="window_clerk", title="登记员", unit_kinds=("county_centre",), duties=(_READ, Duty.CASE_OPEN.value)),
        PostSpec(key="officer", title="经办人", unit_kinds=("county_office", "township_station"), duties=(_READ, _ACT)),
        PostSpec(key="village_clerk", title="村干部", unit_kinds=("village_unit",), duties=(_READ,)),
        PostSpec(key="grid_leader", title="网格长", unit_kinds=("grid_unit",), duties=(_READ,)),
        PostSpec(
            key="system_admin", title="系统管理员", unit_kinds=("county_centre",), duties=(Duty.UNIT_MANAGE.value,),
            administers=True, apart_from=("auditor",),
        ),
        PostSpec(key="auditor", title="审计员", unit_kinds=("county_centre",), duties=(Duty.LEDGER_READ.value,)),
    ),
)  # fmt: skip
CAST = (
    ("clerk", "window_clerk", "centre"),
    ("dispatcher", "dispatcher", "centre"),
    ("east_dispatcher", "dispatcher", f"township_centre@{EAST}"),
    ("west_dispatcher", "dispatcher", f"township_centre@{WEST}"),
    ("housing_officer", "officer", "housing"),
    ("water_officer", "officer", "water"),
    ("east_police", "officer", f"police@{EAST}"),
    ("village_clerk", "village_clerk", f"village_unit@{EAST_A}"),
    ("grid_leader", "grid_leader", f"grid_unit@{GRID_1}"),
    ("admin", "system_admin", "centre"),
    ("auditor", "auditor", "centre"),
)
PASSWORD = "open sesame 9"


@dataclass(frozen=True)
class County:
    """Numbers of the units by key and of the posts by user name."""

    units: dict[str, int]
    posts: dict[str, int]
    accounts: dict[str, int]

    def actor(self, username: str) -> Actor:
        """The actor of somebody of the cast."""
        return actor_for(self.posts[username])


def own_posts() -> dict[str, int]:
    """The first post of everybody by user name, none in which somebody stands in for another. One statement."""
    return dict(Post.objects.filter(instead_of=None).order_by("-id").values_list("account__username", "id"))


def found_county() -> County:
    """Publish the pack, load the areas, set up the units and the cast. Everybody's password is ``PASSWORD``."""
    publish(PACK)
    load_areas(AREAS)
    top = top_areas()[0]
    units = create_units(units_of_pack(PACK, [top, *descendants(top.code)]))
    accounts = create_accounts(AccountRow(username=name, name=f"张{name[0]}", password=PASSWORD) for name, _, _ in CAST)
    give_posts((PostRow(username=name, key=key, unit_key=unit) for name, key, unit in CAST), apart=posts_apart(PACK))
    assert directory().stamp
    return County(units, own_posts(), accounts)
