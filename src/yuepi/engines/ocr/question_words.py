"""The wordings that questions are told apart by, in Chinese and English. Pure patterns."""

from __future__ import annotations

import re
from typing import Final

# In a pattern of words that may repeat, no word is made of others: two ways to read the same words
# double the time with each of them.
SENTENCES: Final = re.compile(r"[？?；;。\n！!]+|(?<=[a-z])\.(?=\s|$)")
PICTURE_NO: Final = re.compile(
    r"图片?\s*([1-4一二三四])(?:\s*[张幅个份](?:图片?|照片|发票|票)?|(?![\d,.]))"
    # The second row or article is no second picture.
    r"|第\s*([1-4一二三四])\s*(?:[张幅份](?:图片?|照片|发票|票)?|个?(?:图片?|照片|发票|票))"
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
    r"^(?:\s|[,，.。:：、]|请|您?好|仔细|认真|看(?:一下|下|一)?|查看|观察|根据|依据|按照|这张|这些|该|上面|下面|以下|附件|图片?|图中|照片|发票|票据"
    r"|收据|内容|信息|回答|问题|用|以|中文|英文|格式|返回|输出|结果|只|不要|解释|其他|文字|并|且|和|的|给|我|你是.*|谢谢"
    r"|json|markdown|please|look|at|the|this|these|image|picture|photo|invoice|receipt|document|answer"
    r"|reply|respond|return|output|give|me|in|as|format|only|with|using|following|question"
    r"|thank|you|hello|hi|and|object|do|not|explain|based|on|s|carefully|concisely|briefly"
    r"|yes|no|or|是|否|或|\d+[.、)])*$",
    re.IGNORECASE | re.DOTALL,
)
TRANSCRIBE: Final = re.compile(
    r"(?:提取|识别|读取|读出|转写|抄录|输出|列出|给出|抽取).{0,8}(?:所有|全部|全文|整个|完整).{0,4}(?:文字|文本|内容|信息)?"
    r"|(?:所有|全部)(?:的)?(?:文字|文本)|(?:提取|识别|读取|读出|转写|抄录|抽取).{0,8}(?:文字|文本)"
    r"|(?<!备注)(?<!章)(?<!抬头)(?<!栏)(?:写了|写着|写的是|印着|说了)(?:些)?(?:什么|啥)|^\s*ocr\s*(?:this|识别|一下|it|图片)?.{0,12}$|转录|全文"
    r"|transcri(?:be|ption)|what does (?:it|this|the \w+) say|(?:extract|read|get|list|return)\s+"
    r"(?:out\s+)?(?:all\s+)?(?:of\s+)?(?:the\s+)?(?:visible\s+)?text|what is written|what's written"
    r"|what(?:'s| is)? (?:the )?(?:text|words?)(?: is| are)? (?:printed|written|shown|visible)"
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
    re.compile(
        rf"^.{{0,14}}?(?<![所拥持])有(?!限)\s*{_SAID_ZH}\s*(?:字样|这个词|这几个字|文字)?\s*(?:吗|么)$"
    ),
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
    r"^(?P<n>.{1,40}?)(?:分别)?(?:(?:是|为|有|写的是|写了|写着|印着)?"
    r"(?:多少钱?|什么|啥|几点几分|几点|几号|哪天|哪一天|哪一?年|谁|哪家|哪个|何时|几月几日|什么时候)|呢|是几)"
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
_FORM: Final = r"(?:json|markdown|csv|xml|yaml|表格|列表)"
_FORM_EN: Final = r"(?:json|markdown|csv|xml|yaml|(?:a\s+)?(?:table|list|bullet\w*))\b"
TAIL: Final = re.compile(
    r"(?:[,，、\s]*(?:并|且|然后|请|最后)*(?:以|用|按照?|转成|转为|整理成|做成|生成|返回|输出|给我|存为|写成)+"
    rf"(?:一?个|标准|纯|合法|下面|以下|如下|的|\s)*{_FORM}.*$"
    rf"|[,，]\s*(?:only\s+|valid\s+)?{_FORM}.*$|\s+json(?:\s+(?:only|please|format|object))*$"
    r"|,?\s+(?:and\s+)?(?:(?:return|output|give|show|format|respond|reply|answer|present|put)\w*\s+"
    r"(?:it|them|(?:the\s+)?(?:results?|answers?|values?|data))?\s*)?"
    rf"(?:as|in|into|using|to)\s+(?:(?:an?|the|valid|strict|raw|plain|pure|one|single)\s+)*{_FORM_EN}.*$)",
    re.IGNORECASE,
)
"""How the answer is to be laid out, behind what is asked: ..., as JSON; ...，以JSON格式返回."""
LEAD: Final = re.compile(
    rf"^请?(?:以|用|按照?)(?:一个|标准|\s)*{_FORM}(?:的|格式|形式|的?方式)*[,，]?\s*"
    rf"|^(?:please\s+)?(?:in|as)\s+(?:a\s+)?{_FORM_EN}(?:\s+format)?\s*[,:]?\s*",
    re.IGNORECASE,
)
"""The same before it."""
_MANNER_ZH: Final = (
    r"(?:请|并且?|然后|务必|必须|严格|尽量|都)*"
    r"(?:只需?要?|仅|直接|不要|不用|无需|不必|不需要|别|用|以|按|简[要短洁单])(?:请|地)?"
    r"(?:回答|返回|输出|给出|给|我|说|告诉|写|带|附|加|包含|有|做|任何|多余|其[他它]|额外|的|解释|说明|理由|原因|单位|符号|标点"
    r"|换行|数|结果|答案|文字|文本|内容|值|金额|号码|日期|本身|部分|一[个句]|话|字|词|中文|英文|汉语|英语|json|表格|markdown|纯"
    r"|格式|形式|列表|即可|就行|就好|就可以|了|吧|是|否|或|和|与|不|要|猜测?|编造|推测|作答|回复|只|需|仅|直接|简[要短洁单]"
    r"|无需|[、,，\s\"“”'])*"
)
_MANNER_EN: Final = (
    r"(?:please\s+|and\s+)*(?:just|only|simply|answer|reply|respond|return|output|give|say|write|print"
    r"|use|provide|tell|do not|don't|no|keep|be|without|one|a single|nothing)"
    r"(?:[\s,\"'“”/]+(?:me|us|with|in|as|by|using|the|an?|only|just|exact|numbers?|digits?|figures?"
    r"|values?|text|answers?|it|results?|json|object|table|markdown|format|plain|words?|one|single"
    r"|sentence|yes|no|or|and|not|explain|explanations?|anything|else|other|extra|additional|units?"
    r"|currency|symbols?|signs?|english|chinese|brief|briefly|concise|concisely|short|to|point|your"
    r"|nothing|but|any|commentary|guess|include|add|please|lines?|list|itself|do|don't"
    r"|reply|respond|return|output|give))*"
)
MANNER: Final = re.compile(rf"(?:{_MANNER_ZH}|{_MANNER_EN})[\s\"'“”]*", re.IGNORECASE)
"""A sentence or clause that only tells how to answer: 只回答数字, answer with the text only."""
QUOTED: Final = re.compile(r"[\"“「『《][^\"“”」』》]*[\"”」』》]|‘[^’]*’|(?<!\w)'[^']*'(?!\w)")
ENGLISH: Final = re.compile(
    r"^\W*(?:is|are|was|were|does|do|did|what|what's|who|who's|when|where|which|how|extract|list|give"
    r"|please|can|could|find|show|tell|read|has|have|get)\s+[a-z]+\s",
    re.IGNORECASE,
)
_ASKS_ZH: Final = r"(?:是否|是不是|有没有|有无|多少|什么|谁|哪|几|吗|呢)"
CLAUSES: Final = re.compile(
    r"[,，](?:并且?|而且|且|同时|另外|还有|以及)*(?:请|再)*(?:判断|检查|看看|看|告诉我|确认|核对)*"
    r"|(?:并且|而且|同时|以及|且)(?:请|再)*(?:判断|检查|看看|看|告诉我|确认|核对)*(?=.{0,12}(?:是否|是不是|有没有))"
    r"|,?\s+and\s+(?=(?:is|are|was|does|did|what|who|when|how)\b)"
    r"|,\s*(?=(?:is|are|was|does|did|what|who|when|how)\b)",
    re.IGNORECASE,
)
ASKS: Final = re.compile(
    rf"{_ASKS_ZH}|^\s*请?(?:帮我)?(?:提取|识别|读取|列出|给出|抽取)"
    r"|^\s*(?:is|are|was|does|did|what|what's|who|who's|when|how|extract|list)\b",
    re.IGNORECASE,
)
"""What makes a clause a question of its own."""
HOW_MUCH: Final = re.compile(
    r"^(?:请问)?(?:这|那|该|本|此)?[张份个笔次]?(?:发票|票|车票|机票|火车票|小票|单子|账单|收据|单据)?上?(?:的)?"
    r"(?:一共|总共|共|总计|合计)?(?:花了?|花费了?|消费了?|付了?|用了?|要|是)?多少钱$"
    r"|^how much (?:is|was) (?:it|this|the (?:bill|invoice|receipt))"
    r"(?: for| in total| altogether)?$"
    r"|^how much (?:does|did) (?:it|this|the (?:bill|invoice|receipt)|they|i|we)"
    r" (?:cost|come to|pay|spend)(?: in total| altogether)?$",
    re.IGNORECASE,
)
WHEN: Final = re.compile(
    r"^(?:请问)?(?:这|那|该|本|此)?[张份个]?(?:发票|票|小票|单据)?是?(?:什么时候|哪天|哪一天|何时|几号|几月几日)"
    r"(?:开|开具|开出|开票)的?$"
    r"|^when (?:is|was) (?:it|this|(?:the|this) (?:bill|invoice|receipt))"
    r" (?:issued|dated|made|billed)$",
    re.IGNORECASE,
)
HOW_MUCH_OF: Final = re.compile(
    r"^how much (?P<n>\w+(?:\s\w+)?) (?:is|was|were|has been) (?:paid|given|charged|there|due)$",
    re.IGNORECASE,
)
NOT_READ: Final = re.compile(
    r"备注|签名|签字|手写|涂改|划掉|折痕|污渍|水印|照片|头像|标志|logo|signature|signed|handwrit\w*"
    r"|watermark|photo\w*|portrait|alteration\w*",
    re.IGNORECASE,
)
"""What is on paper without being printed text: that its name is not read says nothing of it."""
IS_ZH: Final = re.compile(
    r"^(?P<s>(?:不含税)?[^是否不]{1,20}?)(?:就?是|为)?(?P<t>[^是否不没](?:(?!什么|谁|哪|多少|几).){0,79}?)"
    r"(?:是吗|对吗|对么|对不对|吗|(?<!什)么)$"
)
"""金额是2680元吗, 价税合计2680元对吗."""
IS_EN: Final = re.compile(r"^(?:is|was)\s+(?:the\s+)?(?P<rest>.{3,120})$", re.IGNORECASE)
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
    r"|这些|几张|两张|三张|四张|张|加起来|一共|之和|和|小票|单据|\s|check|whether|if|tell|me|please|or|are)*$",
    re.IGNORECASE,
)
THE_DATE: Final = re.compile(
    r"^(?:开票|发票|票据|开具|日期|时间|这张|的|是|否|在|不|于|请|问|判断|一下|检查|看|图|中|里|上|它|有|没|该|单据|小票|早|晚|迟|得"
    r"|is|was|the|invoice|receipt|date|issued?|of|it|this|dated|bill|on|in|within|not|did|from|before|after"
    r"|earlier|later|no|since|by|until|or|check|whether|if|please|are|\s|,|，|'s|n't|距今|已|为|开)*$",
    re.IGNORECASE,
)  # fmt: skip
