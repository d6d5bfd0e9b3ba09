"""The wordings that questions are told apart by, in Chinese and English. Pure patterns."""

from __future__ import annotations

import re
from typing import Final

SENTENCES: Final = re.compile(r"[？?；;。\n！!]+|(?<=[a-z])\.(?=\s|$)")
PICTURE_NO: Final = re.compile(
    r"(?:图片?|第)\s*([1-4一二三四])(?:\s*[张幅个份](?:图片?|照片|发票|票)?|(?![\d,.]))"
    r"|(?:image|picture|photo|page)\s*(?:no\.?\s*|#\s*)?([1-4])(?!\d)"
    r"|\b(first|second|third|fourth)\s+(?:image|picture|photo|invoice|receipt)",
    re.IGNORECASE,
)
ORDINALS: Final = {
    "一": 1, "二": 2, "三": 3, "四": 4, "first": 1, "second": 2, "third": 3, "fourth": 4,
}  # fmt: skip
JSON: Final = re.compile(r"json", re.IGNORECASE)
KEYS: Final = re.compile(r"[\"“']([^\"“”'\s:{}\[\],]{1,40})[\"”']\s*[:：]")
TEMPLATE: Final = re.compile(r"\{[^{}]*[\"“'][^{}]*\}", re.DOTALL)
FILLER: Final = re.compile(
    r"^(?:\s|[,，.。:：、]|请|您?好|仔细|认真|看一?下?|看看|查看|观察|根据|依据|按照|这张|这些|该|上面|下面|以下|附件|图片?|图中|照片|发票|票据"
    r"|收据|内容|信息|回答|问题|用|以|中文|英文|格式|返回|输出|结果|只|不要|解释|其他|文字|并|且|和|的|给|我|你是.*|谢谢"
    r"|json|markdown|please|look|at|the|this|these|image|picture|photo|invoice|receipt|document|answer"
    r"|reply|respond|return|output|give|me|in|as|format|only|with|using|following|question|questions"
    r"|thanks|thank|you|hello|hi|and|object|do|not|explain|based|on|s|：|,|carefully|concisely|briefly"
    r"|yes|no|or|是或否|是|否|或|\d+[.、)])*$",
    re.IGNORECASE | re.DOTALL,
)
TRANSCRIBE: Final = re.compile(
    r"(?:提取|识别|读取|读出|转写|抄录|输出|列出|给出|抽取).{0,8}(?:所有|全部|全文|整个|完整).{0,4}(?:文字|文本|内容|信息)?"
    r"|(?:所有|全部)(?:的)?(?:文字|文本)|(?:提取|识别|读取|读出|转写|抄录|抽取).{0,8}(?:文字|文本)"
    r"|(?:写了|写着|写的是|印着|说了)(?:些)?(?:什么|啥)|^\s*ocr\s*(?:this|识别|一下|it|图片)?.{0,12}$|转录|全文"
    r"|transcri(?:be|ption)|what does (?:it|this|the \w+) say|(?:extract|read|get|list|return)\s+"
    r"(?:out\s+)?(?:all\s+)?(?:of\s+)?(?:the\s+)?(?:visible\s+)?text|what is written|what's written"
    r"|read (?:it|this|the (?:image|picture|page))\b|full text|all (?:the )?text|perform ocr",
    re.IGNORECASE,
)
TABLE: Final = re.compile(
    r"(?:列出|提取|识别|读取|给出|输出|转成|转为|有哪些|抽取).{0,10}"
    r"(?:表格|明细|商品|项目|货物|菜品|条目|清单)"
    r"|(?:表格|明细|商品清单|清单).{0,6}(?:列出|提取|是什么|有哪些|内容)"
    r"|买了(?:些)?(?:什么|哪些)|(?:商品|项目|菜品|货物)(?:都)?有哪些|^.{0,6}(?:表格|明细)$"
    r"|(?:list|extract|show|give|get|return|read|what are)\s+(?:me\s+)?(?:all\s+)?(?:of\s+)?"
    r"(?:the\s+)?(?:\w+\s+)?(?:line[- ]?items|items|table|tables|rows|products|goods)\b"
    r"|what (?:items|was bought)",
    re.IGNORECASE,
)
_QUOTED: Final = r"[\"“”'‘’「『《](?P<q>[^\"“”'‘’」』》]{1,80})[\"“”'‘’」』》]"
_SAID: Final = rf"(?:{_QUOTED}|(?P<t>.{{1,60}}?))"
_SAID_ZH: Final = rf"(?:{_QUOTED}|(?P<t>[^\"“”'‘’]{{1,40}}?))"
_THE_WORDS: Final = r"(?:an?\s+|any\s+|the\s+)?(?:words?\s+|text\s+|phrase\s+|string\s+)?"
WHERE: Final = (
    re.compile(
        rf"^(?:.*?){_SAID_ZH}\s*(?:在|位于)\s*(?:图中|图片中?|页面|图里|图上)?(?:的)?\s*"
        r"(?:哪里|哪儿|什么位置|什么地方|何处|哪个位置|哪)"
    ),
    re.compile(
        rf"where(?:'s| is| are| does)\s+{_THE_WORDS}{_SAID}"
        r"(?:\s+(?:on|in|located|appear|printed|written).*)?$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:定位|locate|find the (?:position|location|box) of)\s*(?:the\s+)?{_SAID}$",
        re.IGNORECASE,
    ),
)
FIND: Final = (
    re.compile(
        r"(?:有没有|是否有|是否(?:包含|含有|出现|写有|提到|存在|带有|印有)|包不包含|有无|含不含"
        r"|(?:包含|含有|出现|提到)(?:了)?)\s*"
        rf"(?:提到|出现|写|包含|含有|文字|字样|关键[词字])?\s*{_SAID_ZH}\s*"
        r"(?:(?:这个|这几个|的|等)?(?:字样?|词|文字|内容|关键[词字])|吗|么|呢)*$"
    ),
    re.compile(rf"^.{{0,14}}?有\s*{_SAID_ZH}\s*(?:字样|这个词|这几个字|文字)?\s*(?:吗|么)$"),
    re.compile(
        rf"(?:mentions?|contains?|includes?|shows?|says?|have|has)\s+{_THE_WORDS}{_SAID}"
        r"(?:\s+(?:on it|in it|anywhere|in the \w+))?$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"is there\s+{_THE_WORDS}{_SAID}(?:\s+(?:on|in)\s+(?:it|the|this).*)?$", re.IGNORECASE
    ),
)
SAME: Final = re.compile(
    r"^(?P<s>.{1,20}?)(?:是否为|是否是|是不是|是否等于)\s*[\"“']?(?P<t>.{1,80}?)[\"”']?(?:吗|么)?$"
    r"|^is\s+(?:the\s+)?(?P<s2>[a-z ]{3,24}?)\s+(?:the same as|equal to|exactly)?\s*"
    r"[\"“'](?P<t2>.{1,80}?)[\"”']$",
    re.IGNORECASE,
)
VALUE_ZH: Final = re.compile(
    r"^(?P<n>.{1,40}?)(?:分别)?(?:(?:是|为|有|写的是)?"
    r"(?:多少钱?|什么|啥|几号|哪天|哪一天|哪一?年|谁|哪家|哪个|何时|几月几日|什么时候)|呢|是几)"
    r"(?:元|块钱|呢|啊|公司|单位|日期|时候)?$"
)
VALUE_ZH_TURNED: Final = re.compile(r"^(?:谁是|什么是|哪个是|多少是)(?P<n>.{1,20})$")
EXTRACT_ZH: Final = re.compile(
    r"(?:提取|读取|识别|抽取|给出|列出|告诉我|返回|输出|获取|查出|找出|摘录|写出)"
    r"(?:一下|出)?(?P<n>.{1,300})$"
)
EXTRACT_EN: Final = re.compile(
    r"^.*?\b(?:extract|read|get|give me|give|list|return|tell me|find|show me"
    r"|show|output|pull out)\s+"
    r"(?P<n>.{1,300})$"
    r"|^.*?\bwhat(?:'s| is| are| was| were)\s+(?P<n2>.{1,200})$"
    r"|^.*?\bhow much (?:is|was|are)\s+(?P<n3>.{1,80})$|^.*?\bwho(?:'s| is| was)\s+(?P<n4>.{1,60})$"
    r"|^.*?\bwhen (?:is|was) (?P<n5>.{1,60})$",
    re.IGNORECASE,
)
SEPARATORS: Final = re.compile(r"[/、，,；;|]+|\s+(?:and|&)\s+|以及|和(?!国|平)|及(?!其)|与")
TAIL: Final = re.compile(
    r"(?:[,，]\s*|\s+|并|以|用|按)(?:请|并)?(?:且)?(?:以|用|按|转成|返回|输出|as|in|return(?:ed)?|formatted)?.{0,10}?json.*$",
    re.IGNORECASE,
)
TOGETHER: Final = re.compile(
    r"(?:这些|这[几两二三四]张|[两二三四几]张|所有).*(?:合计|总计|总额|总金额|一共|总共|加起来|之和|总和|金额)"
    r"|加起来|一共|总共|之和|all together|altogether|combined|in total|sum of (?:all|these|the)"
    r"|total of (?:all|these)",
    re.IGNORECASE,
)
THE_TOTAL: Final = re.compile(
    r"^(?:总|发票|票面|这张|这笔|费用|报销|消费|支付|付款|金额|总额|总价|价税|合计|含税|价格|花费|钱|数额|数|的|花了|共|is|does|did|was"
    r"|has|the|it|this|that|total|amount|invoice|receipt|bill|sum|price|due|grand|value|cost|of|on|in"
    r"|请|问|判断|一下|检查|看|图|中|里|上|是|否|有|没|已|会|'s|，|,|:|all|these|together|combined|invoices|receipts"
    r"|这些|几张|两张|三张|四张|张|加起来|一共|总共|之和|总和|和|小票|单据|\s|check|whether|if|tell|me|please|or|are)*$",
    re.IGNORECASE,
)
THE_DATE: Final = re.compile(
    r"^(?:开票|发票|票据|开具|日期|时间|这张|的|是|否|在|不|于|请|问|判断|一下|检查|看|图|中|里|上|它|有|没|该|单据|小票|早|晚|于"
    r"|is|was|the|invoice|receipt|date|issued?|of|it|this|dated|bill|on|in|within|not|did|from|before|after"
    r"|earlier|later|than|than|since|by|until|or|check|whether|if|please|are|\s|,|，|'s|n't|距今|已|为|开)*$",
    re.IGNORECASE,
)  # fmt: skip
