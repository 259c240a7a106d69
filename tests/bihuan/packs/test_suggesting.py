"""What the shipped pack's words suggest: on sentences written for it, each with the category a dispatcher would choose."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import pytest

from bihuan import packs
from bihuan.rules.suggesting import NamedArea, Report, WordSuggester, grid_number, spellings

PACK = packs.load("xiangyin")
WORDS = WordSuggester(PACK.catalogue.suggests)
SAID = (
    ("村口的路灯坏了半个月，晚上走路看不见", "urban.lighting"),
    ("人行道的井盖少了一个，怕小孩掉下去", "urban.road_surface"),
    ("一下雨门前就积水，下水道堵了", "urban.drainage"),
    ("菜场旁边的垃圾三天没人清运", "urban.sanitation"),
    ("夜市烧烤摊油烟呛人", "urban.street_vending"),
    ("小区物业费涨了，物业公司不公开账目", "housing.property_management"),
    ("新房外墙渗水，屋里墙面开裂", "housing.quality"),
    ("开发商说好去年交房，到现在还是烂尾楼", "housing.sale"),
    ("公租房排了两年还没轮到", "housing.affordable"),
    ("公积金提取要跑几个地方", "housing.fund"),
    ("宅基地批了不让动工建房", "land.homestead"),
    ("征地的青苗补偿款少算了", "land.land_taking"),
    ("工地夜间施工打桩，吵得睡不着", "environment.construction_noise"),
    ("砖厂冒黑烟，窗户上一层灰", "environment.air"),
    ("河里死鱼漂了一片，水是黑水", "environment.water"),
    ("有人烧秸秆，呛得很", "environment.straw"),
    ("猪场的粪水池漫到路上来了", "environment.livestock"),
    ("通组公路水泥路面断了一截", "transport.rural_road"),
    ("公交车早上一个小时才来一趟", "transport.bus"),
    ("学校门口没有斑马线和减速带", "transport.order"),
    ("老板拖欠工资三个月了", "labour.wages"),
    ("父亲的养老金这个月没有到账", "labour.pension"),
    ("住院的医保报销比例不对", "health.insurance"),
    ("孩子打疫苗要去哪里", "health.vaccination"),
    ("幼儿园中途加收伙食费", "education.kindergarten"),
    ("培训机构关门不退费", "education.training"),
    ("家里的低保被停了", "civil.minimum_living"),
    ("残疾证到期了，人走不动怎么办", "civil.disabled"),
    ("水渠垮了一段，灌溉不到田里", "agriculture.irrigation"),
    ("预付的健身房跑路了", "market.consumer"),
    ("饭店的食品变质吃坏肚子", "market.food"),
    ("电动车在楼道飞线充电", "safety.fire"),
    ("自来水水压太小，三楼没有水", "utilities.water_supply"),
    ("一到晚上就停电，供电所说线路老化", "utilities.power"),
    ("邻居家空调滴水到我家窗台", "disputes.neighbours"),
    ("借条写明去年还，对方一直拖着", "disputes.debt"),
)
OF_LABEL = {
    "urban": "城乡建设", "housing": "城乡建设", "land": "城乡建设", "utilities": "城乡建设", "environment": "环境保护",
    "transport": "交通运输", "education": "教育文体", "labour": "劳动和社会保障", "civil": "劳动和社会保障", "market": "商贸旅游",
    "health": "卫生计生",
}  # fmt: skip


@pytest.mark.parametrize(("said", "category"), SAID)
def test_the_category_a_dispatcher_would_choose_comes_first(said: str, category: str) -> None:
    hints = WORDS.suggest(Report(text=said))
    assert hints.category == category, hints.categories
    assert all(word in said for word in hints.categories[0].because)


def test_words_that_say_nothing_suggest_nothing() -> None:
    """The control: a report without a telling word gets no category, no urgency, no place, no office."""
    hints = WORDS.suggest(Report(title="有件事", text="我想问一下，这个事情什么时候能好。", kind="complaint"))
    assert (hints.categories, hints.urgency, hints.areas, hints.about) == ((), None, (), ())


@pytest.mark.parametrize(
    ("said", "urgency"),
    [
        ("楼下闻到煤气，怕要爆炸", "critical"),
        ("人行道没有井盖，刚有人摔了", "urgent"),
        ("电梯困人，里面有老人，井盖也没了", "urgent"),
        ("有人落水，井盖没了", "critical"),
        ("路灯坏了", ""),
    ],
)
def test_the_gravest_word_makes_the_urgency(said: str, urgency: str) -> None:
    hint = WORDS.suggest(Report(text=said)).urgency
    assert (hint.value if hint else "") == urgency


def test_places_by_their_names() -> None:
    """A village is found by the way people write it, with its township before one of the same name elsewhere."""
    areas = [
        NamedArea("430624101", "青石镇"), NamedArea("430624101001", "金龙村民委员会"), NamedArea("430624102", "白水镇"),
        NamedArea("430624102001", "金龙村民委员会"), NamedArea("430624102001003", "第3网格"),
    ]  # fmt: skip
    words = WordSuggester((), areas)
    both = words.suggest(Report(text="金龙村路灯坏了"))
    assert {hint.value for hint in both.areas} == {"430624101001", "430624102001"}
    assert both.area == ""
    assert words.suggest(Report(text="白水镇金龙村路灯坏了")).area == "430624102001"
    assert words.suggest(Report(text="金龙村第3网格", area_code="430624102")).area == "430624102001003"
    assert words.suggest(Report(text="青石镇金龙村", area_code="430624102001")).area == ""
    assert (grid_number("三网格"), grid_number("第12网格"), grid_number("十二网格"), grid_number("没有")) == (3, 12, 12, 0)
    assert spellings("东湖社区居民委员会")[0] == "东湖社区居民委员会"


def test_an_office_that_is_complained_of() -> None:
    """Only in a complaint or report, and only where the words blame it; a person's name is nothing here."""
    words = WordSuggester((), (), {7: "县城市管理局", 8: "县水利局"})
    blamed = words.suggest(Report(text="县城市管理局不作为，打了三次电话没人来", kind="complaint"))
    assert [hint.value for hint in blamed.about] == ["7"]
    asked = words.suggest(Report(text="县城市管理局不作为", kind="consult"))
    named = words.suggest(Report(text="请县水利局来看看水渠", kind="complaint"))
    assert (asked.about, named.about) == ((), ())


def test_agreement_with_messages_that_people_labelled() -> None:
    """On the real messages, first level against seven labels: about seven in ten. Words alone do not read better."""
    found = Path(os.environ.get("BIHUAN_SHARED", "../shared/data")) / "messages" / "labelled_messages.csv.gz"
    if not found.is_file():
        pytest.skip("the labelled messages are not here (BIHUAN_SHARED)")
    with gzip.open(found, "rt", encoding="utf-8-sig", errors="replace") as file:
        rows = list(csv.DictReader(file))
    agreed = told = 0
    for row in rows:
        category = WORDS.suggest(Report(title=row["subject"], text=row["detail"])).category
        told += bool(category)
        agreed += OF_LABEL.get(category.partition(".")[0], "-") == row["label"]
    assert told > 0.9 * len(rows)
    assert agreed > 0.66 * len(rows), f"{agreed} of {len(rows)}"
