"""Which hidden figure a question asks for."""

from __future__ import annotations

import pytest
from small_index import source_file

from rag.chatbot import Chatbot
from rag.index import Index
from rag.settings import Settings
from rag.testing import HashEmbedder
from rag.types import Question

SUMMARY = [
    (("一",), "一、2022年，各馆围绕收集、保管、利用推进工作，全年接收档案X卷，接待查档群众3200人次。\n"),
    (("二",), "二、完成3号库房防水改造，投入资金X万元，更换灭火器64具，开展演练X次。\n"),
    (("三",), "三、接收41家单位移交的会计账册X.X万卷，数字化X万页，办理读者证***张，到馆读者XX万人次。\n"),
    (("五",), "五、目标表\n指标：读者满意度；单位：%；2023年目标：92；2024年目标：X；牵头单位：借阅部\n"),
    (("六",), "六、“请进来”活动，24批次、195人次到馆。\n"),
    (("七",), "七、“请进来”活动，举办各类专题讲座和技能比武，邀请专家授课，培训X多人次。\n"),
    (("八",), "八、安排专项资金X万元，采取以奖代补方式，对改造库房的单位按投入的三成补助，最高不超过5万元。\n"),
    (("四",), "四、查档电话：0XXX-XX12345，上班时间有人接听；投诉电话：010-5550123。\n"),
]


@pytest.fixture
def bot(tmp_path):
    with Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("summary.txt", "档案馆2022年工作总结", SUMMARY, year=2022))
        yield Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)


@pytest.mark.parametrize(
    ("question", "status", "shown"),
    [
        ("2022年档案馆一共接收了多少卷档案？", "redacted", "X卷"),
        ("3号库房防水改造投入了多少钱？", "redacted", "X万元"),
        ("全年接待查档群众多少人次？", "answered", "3200人次"),
        ("更换灭火器多少具？", "answered", "64具"),
        ("开展演练多少次？", "redacted", "X次"),
        ("2022年收了多少万卷会计账册？", "redacted", "X.X万卷"),
        ("2022年到馆的有多少读者？", "redacted", "XX万人"),
        ("2022年数字化了多少页？", "redacted", "X万页"),
        ("会计账册由多少家单位移交？", "answered", "41家"),
        ("2024年读者满意度的目标是百分之多少？", "redacted", "“X”"),
        ("2023年读者满意度的目标是百分之多少？", "answered", "92"),
        ("“请进来”活动多少批、多少人次？", "answered", "195人次"),
        ("办培训班培训了多少人次？", "redacted", "X多人"),
        ("查档电话是多少？", "redacted", "0XXX-XX12345"),
        ("投诉电话是多少？", "answered", "010-5550123"),
        ("改造库房的单位最多能补助多少？", "answered", "5万元"),
        ("以奖代补安排专项资金多少万元？", "redacted", "X万元"),
    ],
)
def test_the_phrase_with_the_measure_asked_for_decides(bot, question, status, shown):
    answer = bot.ask(Question(text=question))
    assert (answer.status, shown in answer.text) == (status, True)
