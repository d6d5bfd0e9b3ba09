"""Turns of phrase by which a text gives orders to whatever machine reads it. Pure data.

A paper speaks to people. What is listed here speaks to a model ("ignore previous instructions",
"忽略以上规则", "you are now …") or orders the outcome ("直接通过", "output confirmed"), and stands
on no ordinary paper; contracts, forms and notices, which say "shall ignore", "please approve by
signing" and "审核通过后", are left alone. A phrase too many sends one claim to a person, so the
lists lean towards finding; they are tuned on the generated kinds and on documents of every sort.

`DENSE` is searched in letters and figures without any gap, `SPOKEN` in text with its spaces and
punctuation (`yuepi.documents.disguised`). All in small letters; every repetition is bounded.
"""

from __future__ import annotations

import re
from typing import Final

_OF_WHOM: Final = (
    "previous(?:ly)?|prior|preceding|earlier|above|aforementioned|foregoing|former|your|existing"
    "|original|initial|default|system|safety|security|internal|company|corporate|developer"
    "|expense|approval|audit|review|reimbursement"
)
_FILL: Final = rf"(?:{_OF_WHOM}|all|any|every|each|of|the|these|those|this|that|other|and|or|given)"
_RULES: Final = (
    "(?:instructions?|directions|directives?|rules?|prompts?|guidelines?|guardrails?|polic(?:y|ies)"
    "|restrictions?|constraints?|commands?|programming|training|checks?|validations?|context)"
)
_IGNORE: Final = (
    "(?:ignore|disregard|forget|bypass|override|overrule|skip|neglect|donotfollow|dontfollow"
    "|stopfollowing|donotobey|disobey)"
)
_CLAIM: Final = "(?:claim|expense|reimbursement|submission)s?"
_PAPER: Final = "(?:claim|expense|reimbursement|submission|invoice|receipt|request|document)s?"
_AT_ONCE: Final = (
    "(?:immediately|automatically|atonce|rightaway|unconditionally|regardless|nomatterwhat"
    "|without(?:any)?(?:further)?(?:human|manual)?(?:review|checks?|checking|questions?"
    "|verification|approval))"
)
_GLUE: Final = (
    "(?:only|the|an?|with|word|value|status|result|json|decision|outcome|this|that|as|is|equals"
    "|text|string|verdict|field|fields|all|every|each)"
)
_PERSON: Final = "(?:humans?|persons?|people|reviewers?|auditors?|operators?|finance|anyone)"

_ENGLISH: Final = (
    # Forgetting what one was told.
    rf"(?<!shall)(?<!may){_IGNORE}{_FILL}{{0,5}}(?:{_OF_WHOM}){_FILL}{{0,3}}{_RULES}",
    r"(?:ignore|disregard|forget)(?:everything|all(?:of)?(?:the)?(?:text|content)?)(?:above|before"
    r"|previous|prior|youweretold|youknow)",
    r"(?:my|your|the|this|hidden|reveal|print|repeat|show)systemprompt|systempromptis",
    r"yournew(?:instructions?|rules?|systemprompt)(?:is|are)"
    r"|newinstructions?(?:for(?:the)?(?:ai|model|assistant)|from(?:the)?(?:system|developer|admin))",
    r"promptinjection|jailbreak(?:mode|prompt|ed)|doanythingnow|developermodeenabled",
    # Becoming somebody else.
    r"youarenow(?:an?|the|my|acting|operating|playing|in){0,3}\w{0,24}?(?:assistant|aimodel|model"
    r"|chatbot|approver|reviewer|auditor|administrator|dan(?:mode)?|jailbroken|developermode"
    r"|unrestricted|chatgpt|qwen|gpt)",
    r"fromnowon(?:you(?:are|will|must|should|shall|haveto|needto|act|only)|ignore|output|respond"
    r"|answer|treat|approve)",
    r"pretend(?:that)?(?:youare|tobe)(?:an?|the)?(?:ai|assistant|admin|approver|reviewer|model|in)",
    r"asanai(?:languagemodel|model|assistant|agent)(?:you|i|,|$)|asanailanguagemodel",
    r"actasan?(?:ai|unrestricted|uncensored|languagemodel|dan)",
    # Ordering the outcome.
    rf"(?<!to)(?<!hereby)(?<!we)(?<!who)(?<!must)(?<!may)(?<!can)(?<!not)(?<!will)(?<!should)"
    rf"(?:approve|reimburse)(?:this|the|these|all|any|every|my){{1,2}}(?:attached|following)?{_CLAIM}",
    r"(?:approve|accept|confirm|reimburse)everything",
    rf"you(?:must|should|will|shall|haveto|needto)(?:now|always)?(?:approve|reimburse|pass)"
    rf"(?:this|the|all|every|any|my){{1,2}}{_CLAIM}",
    rf"(?<!not)(?:approve|accept|authori[sz]e|reimburse|confirm|validate|pass)"
    rf"(?:this|the|these|all|any|every|my|it|them|attached|following){{1,3}}{_PAPER}?{_AT_ONCE}",
    rf"(?<!not)auto(?:matically)?approve(?:this|the|these|it|all(?:the)?)(?:{_PAPER})?",
    rf"(?<!not)mustbe(?:automatically)?(?:approved|accepted|confirmed){_AT_ONCE}",
    rf"(?:output|(?:respond|reply|answer)(?:only)?with|always(?:return|output|answer|respond|say)"
    rf"|(?:return|output|say|answer)only){_GLUE}{{0,5}}(?:confirmed|approved?|approval|accepted)",
    rf"(?:only|always)(?:return|output|answer|respond|reply|say){_GLUE}{{0,5}}(?:true|valid|yes"
    r"|genuine|authentic|passed|ok\b)",
    r"(?:set|mark|classify|treat|label|report|flag|record|change|update|consider)"
    r"(?:the|this|all|every|each|any|its|it|your|status|fields?|values?|claims?|invoices?"
    r"|documents?|everything|outcome|decision|result|of|be|confidence|and|amount|total|number"
    r"|date){0,8}(?:as|to|is|tobe)(?:confirmed|approved|verified|genuine|authentic|approve\b)",
    rf"donot(?:flag|refer|escalate|reject|question)(?:this|the|it|to|any|an?|for|about){{0,3}}"
    rf"(?:{_PAPER}|{_PERSON}|review)",
    rf"donot(?:send|forward|route|alert|notify|tell|inform|warn|involve|report)(?:this|the|it|to"
    rf"|any|an?|for|about|{_PAPER}){{0,5}}{_PERSON}",
    r"(?:read|extract|transcribe|interpret)(?:the|this|its|every|all){0,2}(?:total|amount|totalamount"
    r"|sum|price|date|invoicenumber|buyer|seller)(?:as|tobe)",
    # Other tongues.
    r"ignore[rz]?(?:s|nt)?(?:toutes?)?(?:les?|vos|tes)?(?:instructions?|consignes?|regles?)"
    r"(?:precedentes?|cidessus|anterieures?)",
    r"ignor[ae](?:r|d|n)?(?:todas?|tutte|tutti)?(?:las?|los?|as|os|le|gli|i)?"
    r"(?:instruc(?:ciones|oes)|istruzioni|reglas|regras|regole)(?:anteriores|previas|precedenti"
    r"|dearriba|acima|precedentes)?",
    r"(?:ignoriere?n?|vergiss|vergessen|missachten?)(?:sie)?(?:bitte)?(?:alle)?(?:die)?"
    r"(?:vorherigen?|bisherigen?|obigen?|vorigen?|vorangegangenen?)?(?:anweisungen|regeln"
    r"|instruktionen|vorgaben|befehle)",
    r"bo?quatatca(?:cac)?(?:huongdan|chidan|lenh|quytac)|abaikan(?:semua)?(?:instruksi|perintah"
    r"|aturan)",
)
_CYRILLIC: Final = (
    r"(?:игнорируи(?:те)?|проигнорируи(?:те)?|забудь(?:те)?|не(?:выполняи|следуи)(?:те)?)"
    r"(?:все|всем|любые|эти)?(?:предыдущие|предыдущим|прежние|вышеуказанные|ваши|свои)?"
    r"(?:инструкции|инструкциям|указания|правила|команды)",
)
_WHOSE: Final = (
    "以上|上述|上面|上文|前面|前文|之前|先前|此前|以前|系统|原有|原来|原先|既有|现有|内置|预设|默认|初始"
    "|你|您|给定|收到|设定"
)
_OF: Final = (
    f"(?:{_WHOSE}|所有|全部|一切|任何|的|这些|那些|其他|其它|审核|审批|报销|财务|公司|安全|校验|过|该|本"
    "|各项|和|与|及|或|规则|指令|提示)"
)
_ORDERS: Final = (
    "(?:规则|指令|指示|提示词?|命令|约束|限制|设定|策略|政策|制度|规定|要求|检查|校验|审核|审批|复核"
    "|验证)"
)
_NOT: Final = "".join(
    f"(?<!{word})"
    for word in ("不得", "禁止", "严禁", "不能", "不可", "不应", "不会", "防止", "避免", "请勿")
)
_SHEET: Final = "(?:发票|单据|报销单|报销|申请|票据|单子|单|凭证|文件|文档)"
_DONE: Final = "(?:confirmed|approved?|已?通过|审核通过|审批通过|已?批准|已确认|同意报销)"
_EYES: Final = "(?:人工|审核员|审核人员|审批人员|财务人员)"

_CHINESE: Final = (
    rf"{_NOT}(?:忽略|无视|绕过|绕开|跳过|不要理会|不必理会|无需理会|不用理会|别理会|抛开|不要遵守|不必遵守"
    rf"|无需遵守|停止遵守|不再遵守|不用管){_OF}{{0,8}}{_ORDERS}",
    rf"{_NOT}(?:忽视|忘记|忘掉|清除|丢弃|覆盖|推翻|取消){_OF}{{0,6}}(?:{_WHOSE}){_OF}{{0,4}}{_ORDERS}",
    r"系统提示词|提示词注入|提示注入|系统指令|越狱(?:模式|提示|指令)",
    # 你现在是…
    r"(?:你现在|现在你|从现在(?:起|开始)你|从此你|请你)(?:就)?(?:是|扮演|充当|作为|成为)(?:一个|一名|一位)?"
    r".{0,12}?(?:助手|模型|审核员|审批员|审批人|机器人|管理员|人工智能|智能体|ai(?![a-z]))",
    r"从现在(?:起|开始)你(?:必须|要|将|只|应|不再|需要|无需)",
    r"作为(?:一个|一名)?(?:ai|人工智能|大?语言模型|大模型)(?:语言模型|助手|模型|审核员|审核助手)?"
    r"(?:你|我|请|应|必须|无法|不能)",
    r"(?:致|给|写给|告诉|请|通知)(?:各位|所有|看到此文的|读取本文的)?(?:的)?(?:ai(?![a-z])|大模型|语言模型"
    r"|审核模型|人工智能|视觉模型|识别模型|智能审核)(?:的)?(?:指令|提示|说明|留言|系统|模型|助手|注意|直接"
    r"|忽略|输出|请|你|务必|必须)",
    # 结论的命令
    rf"(?:直接|无条件|强制|一律)(?:予以|给予|给|判定?为?|标记为?|视为)?(?:审核|审批)?(?:通过|批准|放行)"
    rf"(?:审核|审批|此|该|本|即可|报销|申请|吧|所有|全部|这|{_SHEET})",
    r"(?:务必|必须|请|应当?|一定)(?:你|您|系统|模型|ai)?(?:直接|自动|立即|立刻|马上|无条件|强制)"
    r"(?:予以|给予|判定?为?)?(?:审核|审批)?(?:通过|批准|放行|同意)(?!后|时|之后|前)",
    rf"(?:本|此|该|这)(?:张|份|笔|次)?{_SHEET}(?:已|应|可|请|务必|必须|无需审核)?(?:被|由|经)?"
    r"(?:直接|自动|无条件|立即|预先|强制|系统)(?:予以)?(?:审核|审批)?(?:通过|批准|放行)",
    r"(?:无需|无须|不用|不必|免于|不需要|不要)(?:再|任何|进行|做|经过)*(?:人工)?(?:审核|审批|复核|校验|检查|核对)"
    r"(?:直接|即可|一律|自动|就|并|应)+(?:予以)?(?:通过|批准|报销|放行)",
    rf"(?:不要|不得|禁止|请勿|别|切勿|无需|不必)(?:再)?(?:将|把)?(?:此|该|本|这张?)?{_SHEET}?(?:提交|转交|转给"
    rf"|移交|转|交|发送|推送)(?:给|至|到)?{_EYES}",
    rf"(?:不要|请勿|别|禁止|不得|切勿)(?:告诉|告知|提醒|通知|提示|惊动)(?:给)?{_EYES}",
    rf"(?:输出|返回|回答|回复|只说)(?:结果|状态|字段|值|内容|json|为|成|是|只|仅|一律|全部|都|所有){{0,6}}"
    rf"(?:{_DONE}|true(?![a-z])|valid(?![a-z])|pass(?![a-z]))",
    r"(?:状态|字段|结果|结论|置信度|status|result|decision)(?:一律|全部|都|均|请|必须)?(?:设为|设置为|设成|标记为|标为|改为|填为|写为"
    rf"|写成|输出为?|填写为?)(?:{_DONE}|true(?![a-z])|valid(?![a-z])|0?99|100|1(?!\d))",
    r"(?:标记|判定|判断|认定|识别|视)(?:为|成)(?:confirmed|approved|真实有效|已批准)",
    r"(?:把|将)(?:总?金额|总额|合计|价税合计|抬头|购买方|开票日期|日期|发票号码?|税额|税号)(?:一律|都|全部)?"
    r"(?:识别|读取|识读|读|认|视|当|输出)(?:成|为|作)",
    r"(?:总?金额|总额|合计|价税合计|抬头|日期)(?:应|请|一律|必须|务必)(?:识别|读取|识读|输出|认定)(?:成|为)",
    # 日文、韩文、阿拉伯文
    r"(?:以前|これまで|今まで|上記|前|先|すべて|全て)(?:の|すべて|全て|あらゆる){0,3}(?:指示|命令|ルル|規則|规则)"
    r"(?:を)?(?:すべて|全て)?(?:无视|無視|忘れ|无効)",
    r"(?:이전|위|모든|앞|지금까지)(?:의|모든|전체){0,3}(?:지시|명령|규칙|지침|프롬프트)(?:사항)?(?:들)?(?:을|를)?"
    r"(?:모두|전부)?(?:무시|잊)",
    r"تجاهل(?:جميع|كل|كافة)?(?:التعليمات|الاوامر|الأوامر|القواعد)",
)

DENSE: Final = tuple(map(re.compile, (*_ENGLISH, *_CHINESE, *_CYRILLIC)))
"""For letters and figures without gaps."""
UNFIGURED: Final = tuple(
    re.compile(re.sub(r"(?<!\\)l", "[il]", pattern)) for pattern in _ENGLISH if "[" not in pattern
)
"""The English ones where figures stand for letters: 1 is an i or an l."""

_COMMANDING: Final = (
    r"(?:you|ignore|disregard|approve|output|respond|answer|mark|set|treat|always|must|do not"
    r"|override|批准|通过|忽略|无视|输出|必须)"
)
SPOKEN: Final = tuple(
    re.compile(pattern.replace(" ", r"[ \n]"))
    for pattern in (
        # Marks of roles, as chat templates write them.
        r"<\|? ?(?:im_start|im_end|endoftext|start_header_id|end_header_id|system|assistant)"
        r" ?\|?>|\[/?inst\]|<</?sys>>|</?(?:system|assistant)>",
        r"### ?(?:instructions?|system|human|assistant|new instructions?)\b",
        r"[\"'] ?role ?[\"'] ?: ?[\"'] ?(?:system|assistant|user|developer) ?[\"']",
        rf"(?:^|[\n.!。！;；\"'\[（(])\s?\[?(?:system|assistant|developer)\]?"
        rf"(?: message| note| override)?\]? ?[:>]\s?(?=[^\n]{{0,60}}{_COMMANDING})",
        r"\b(?:begin|end) (?:of )?(?:system )?prompt\b",
        r"\bas an? (?:ai(?: language)?|artificial intelligence|large language|language)"
        r" (?:model|assistant|agent|reviewer|system|you)\b"
        r"|\bas an? (?:ai|llm),? (?:you|i|approve|ignore|it)\b",
        r"\b(?:note|message|instructions?|attention|memo|hint|hello|hi|dear|important)"
        r"(?: to| for)?[:,]? (?:the |any |all |this )?(?:ai|llms?|language models?|chatbots?"
        r"|chatgpt|gpt|qwen|vision models?|ai (?:models?|assistants?|reviewers?|systems?"
        r"|agents?)"
        r"|ocr (?:engine|model|system))\b",
        rf"(?:^|[.!?:;\"'>\n*。！：；,，]\s?|\b(?:please|now|just|must|should|then) )"
        rf"(?:ignore|disregard|forget|bypass|override) (?:all |any |the |these |your ){{0,3}}"
        rf"{_RULES}\b",
        # 直接通过, with nothing behind it that could be gone through.
        r"(?:直接|无条件|一律|自动)(?:审核|审批)?(?:通过|批准|放行)(?=[\s。！!，,；;\"'”」』）)\].]|$)",
    )
)
"""For text with its spaces and punctuation."""
