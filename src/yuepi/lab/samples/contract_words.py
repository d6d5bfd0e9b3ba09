"""What generated contracts say: kinds, clauses and their topics. Invented; no real deal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: its heading, its text with slots in braces, and the topics that it raises."""

    heading: str
    text: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deal:
    """A kind of contract: title, roles, what is owed, its own clauses."""

    title: str
    roles: tuple[str, str]
    subject: str
    price: tuple[str, ...]
    own: tuple[Clause, ...]


DEALS_ZH: Final = (
    Deal(
        "设备采购合同",
        ("采购方", "供应方"),
        "甲方向乙方采购办公设备一批，具体品名、规格、数量以附件清单为准，附件为本合同的组成部分。",
        (
            "本合同总价款为人民币（大写）{words}（¥{grouped}），含税，为固定总价。",
            "合同总金额：人民币{grouped}元（大写：{words}）。",
        ),
        (
            Clause(
                "交货与验收",
                "乙方应在合同生效后三十日内将设备运至甲方指定地点，运费由乙方承担。甲方应在到货后"
                "七日内验收，逾期未提出异议的，视为验收合格。",
            ),
            Clause(
                "质量保证",
                "乙方保证设备为全新未使用的合格产品，质保期自验收合格之日起二十四个月。质保期内出"
                "现质量问题，乙方应在四十八小时内响应并免费维修或者更换。",
            ),
        ),
    ),
    Deal(
        "技术服务合同",
        ("委托方", "受托方"),
        "甲方委托乙方提供信息系统的运行维护与技术支持服务，服务内容包括日常巡检、故障处理和版本升"
        "级。",
        (
            "本合同服务费用总计人民币{words}（¥{grouped}元）。",
            "服务费总额为人民币{grouped}元整，大写：{words}。",
        ),
        (
            Clause(
                "服务标准",
                "乙方应安排具有相应资质的工程师提供服务，系统月度可用率不低于百分之九十九。乙方每"
                "月五日前向甲方提交上月服务报告。",
            ),
            Clause(
                "知识产权",
                "服务过程中形成的文档、源代码等成果的知识产权归甲方所有，乙方不得另作他用。",
                ("ip_assignment",),
            ),
        ),
    ),
    Deal(
        "房屋租赁合同",
        ("出租方", "承租方"),
        "甲方将其合法拥有的办公用房出租给乙方使用，建筑面积以不动产权证书记载为准，乙方已实地查看"
        "并无异议。",
        (
            "租赁期内租金总额为人民币{grouped}元（大写：{words}），按季支付。",
            "合同总金额为人民币{words}（小写：¥{grouped}）。",
        ),
        (
            Clause(
                "房屋使用",
                "乙方应按约定用途使用房屋，未经甲方书面同意，不得转租或者改变房屋结构。租赁期内的"
                "水电、物业等费用由乙方承担。",
            ),
            Clause(
                "租金调整",
                "租赁期满一年后，甲方有权根据市场行情单方调整租金标准，但应提前三十日书面告知乙方"
                "。",
                ("unilateral_price",),
            ),
        ),
    ),
)

CLAUSES_ZH: Final = (
    Clause(
        "付款方式",
        "合同签订后五个工作日内，甲方向乙方支付合同总价的百分之三十作为预付款，余款在验收合格后支"
        "付。",
        ("advance_payment",),
    ),
    Clause(
        "结算",
        "甲方在收到乙方开具的合法有效发票后90日内付款，付款以银行转账方式进行。",
        ("long_payment_term",),
    ),
    Clause(
        "违约责任",
        "乙方逾期履行的，每逾期一日，应按合同总价的千分之三向甲方支付违约金；逾期超过三十日的，甲"
        "方有权单方解除本合同。",
        ("penalty", "unilateral_termination"),
    ),
    Clause(
        "责任限制",
        "除故意或者重大过失外，乙方在本合同项下的赔偿责任累计不超过甲方已支付的合同价款。",
        ("liability_limit",),
    ),
    Clause(
        "合作范围",
        "在本合同有效期内，乙方为甲方在本地区的独家合作方，甲方不得委托其他第三方提供同类服务。",
        ("exclusivity",),
    ),
    Clause(
        "竞业限制",
        "乙方项目人员在服务结束后两年内不得从事与甲方相竞争的同类业务。",
        ("non_compete",),
    ),
    Clause(
        "续约",
        "本合同期限届满前三十日内双方均未书面提出异议的，本合同自动续期一年，续期次数不限。",
        ("auto_renewal",),
    ),
    Clause(
        "保密",
        "双方对在合作中知悉的对方商业秘密负有保密义务，该保密义务不因本合同终止而终止，永久有效。",
        ("unlimited_confidentiality",),
    ),
    Clause(
        "不可抗力",
        "因不可抗力致使合同不能履行的，遇有不可抗力的一方应及时通知对方，并在十五日内提供有关证明"
        "。双方根据影响程度协商决定是否变更合同。",
    ),
    Clause(
        "通知与送达",
        "双方的联系地址以本合同首部所列为准，一方变更地址的，应在变更后三日内书面通知对方，否则由"
        "此产生的后果自行承担。",
    ),
    Clause(
        "争议解决",
        "因本合同引起的争议，双方应友好协商解决；协商不成的，任何一方可以向甲方所在地有管辖权的人"
        "民法院提起诉讼。",
    ),
    Clause(
        "涉外仲裁",
        "因本合同产生的或者与本合同有关的争议，应提交香港国际仲裁中心仲裁，仲裁裁决是终局的。",
        ("jurisdiction_abroad",),
    ),
    Clause(
        "廉洁条款",
        "双方应严格遵守国家关于反商业贿赂的规定，任何一方及其工作人员不得索取或者收受不正当利益。",
    ),
    Clause(
        "合同变更",
        "本合同的任何修改、补充均须采用书面形式，经双方签字盖章后生效，口头约定不产生效力。",
    ),
    Clause(
        "数据安全",
        "乙方在履行合同过程中接触甲方数据的，应采取必要的技术措施防止泄露，不得向境外传输，合同终"
        "止后应予以删除。",
    ),
)

DEALS_EN: Final = (
    Deal(
        "Service Agreement",
        ("Client", "Service Provider"),
        "The Service Provider shall maintain the information systems of the Client, including "
        "daily inspection, incident handling and upgrades, as described in Schedule 1.",
        (
            "The total contract price is {mark} {grouped} ({words} only).",
            "The total fee payable under this Agreement amounts to {mark} {grouped} (in words: "
            "{words} only).",
        ),
        (
            Clause(
                "Standard of Service",
                "The Service Provider shall assign qualified engineers and shall deliver a "
                "written report before the fifth day of each month. Monthly availability of the "
                "systems shall be no less than 99 percent.",
            ),
            Clause(
                "Intellectual Property",
                "All documents and source code created in the course of the services shall be "
                "the property of the Client and the copyright therein is assigned to the Client "
                "upon creation.",
                ("ip_assignment",),
            ),
        ),
    ),
    Deal(
        "Supply Agreement",
        ("Buyer", "Seller"),
        "The Seller shall supply and the Buyer shall purchase the office equipment listed in "
        "Schedule 1, which forms part of this Agreement.",
        (
            "The total purchase price of the goods is {mark} {grouped} (in words: {words} only).",
            "Contract Price: {mark} {grouped}, in words: {words} only.",
        ),
        (
            Clause(
                "Delivery",
                "The Seller shall deliver the goods within thirty days after signing at its own "
                "cost. The Buyer shall inspect the goods within seven days after delivery, "
                "failing which the goods are deemed accepted.",
            ),
            Clause(
                "Warranty",
                "The Seller warrants that the goods are new and free from defects for twenty "
                "four months after acceptance and shall repair or replace defective goods free "
                "of charge.",
            ),
        ),
    ),
)

CLAUSES_EN: Final = (
    Clause(
        "Payment",
        "The first party shall make an advance payment of 30% of the total price within five "
        "business days after signing, and the balance after acceptance.",
        ("advance_payment",),
    ),
    Clause(
        "Invoicing",
        "Payment of each invoice shall be made within 90 days after receipt of the invoice by "
        "bank transfer.",
        ("long_payment_term",),
    ),
    Clause(
        "Late Performance",
        "For each day of delay the defaulting party shall pay liquidated damages of 0.3% of the "
        "total price per day.",
        ("penalty",),
    ),
    Clause(
        "Limitation of Liability",
        "Except for wilful misconduct, the aggregate liability of either party under this "
        "Agreement shall not exceed the fees already paid.",
        ("liability_limit",),
    ),
    Clause(
        "Exclusivity",
        "During the term the second party shall be the exclusive provider of such services "
        "within the territory.",
        ("exclusivity",),
    ),
    Clause(
        "Non-Competition",
        "For two years after the end of this Agreement the second party shall not engage in any "
        "business that competes with the first party.",
        ("non_compete",),
    ),
    Clause(
        "Renewal",
        "This Agreement shall automatically renew for successive periods of one year unless "
        "either party gives notice sixty days before its end.",
        ("auto_renewal",),
    ),
    Clause(
        "Confidentiality",
        "The duty of confidentiality shall survive the termination of this Agreement in "
        "perpetuity.",
        ("unlimited_confidentiality",),
    ),
    Clause(
        "Termination",
        "The first party may terminate this Agreement at any time without cause by written "
        "notice of ten days.",
        ("unilateral_termination",),
    ),
    Clause(
        "Force Majeure",
        "Neither party is responsible for failure caused by events beyond reasonable control, "
        "provided that it informs the other party within fifteen days and furnishes evidence.",
    ),
    Clause(
        "Notices",
        "Notices shall be given in writing to the addresses stated above, and a change of "
        "address shall be announced within three days.",
    ),
    Clause(
        "Disputes",
        "Any dispute arising out of this Agreement shall be referred to arbitration in Singapore "
        "administered by SIAC, and the award is final.",
        ("jurisdiction_abroad",),
    ),
    Clause(
        "Amendments",
        "No amendment of this Agreement is valid unless made in writing and signed by both "
        "parties.",
    ),
    Clause(
        "Data Protection",
        "The second party shall protect personal data by appropriate measures and shall erase it "
        "when this Agreement ends.",
    ),
)

PLACES_EN: Final = ("Harbour Town", "North Ferry", "Millbrook", "Eastgate City")
COMPANIES_EN: Final = (
    "Bluewater Trading Co., Ltd.",
    "Northwind Systems Limited",
    "Oakfield Consulting Co., Ltd.",
    "Silver Birch Logistics Limited",
    "Redstone Office Supplies Co., Ltd.",
    "Hillcrest Software Co., Ltd.",
)
