"""Invented names for the demonstration's staff, always the same for the same place in the list."""

from __future__ import annotations

from random import Random

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
FIRST = "一小文志家春秋冬夏晓雨云海山江河松柏青建国立新永安平和明光远宏启思学德仁义礼智信勤俭朴诚"
SECOND = "一凡帆然宁安宇轩辰晨阳阔达林森木禾苗雯洁静敏慧兰梅竹菊莲荷秀丽华英芳玲燕雁鹏飞翔程路桥舟波涛"


def invented(count: int, seed: int) -> list[str]:
    """So many names of two or three characters, drawn from a seeded generator; not one of anybody in particular."""
    drawn = Random(seed)
    names = []
    for _ in range(count):
        given = drawn.choice(FIRST) + (drawn.choice(SECOND) if drawn.random() < 0.8 else "")
        names.append(drawn.choice(SURNAMES) + given)
    return names
