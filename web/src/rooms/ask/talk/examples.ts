/** Questions to start from: those that the one who answers can answer. Pure. */

type Tongue = 'zh' | 'en'
type Texts = Readonly<Record<Tongue, readonly string[]>>

/** What the built-in reader answers (docs/ask.md); each was tried on an invoice. */
const READER_ONE: Texts = {
  zh: [
    '价税合计是多少？',
    '列出明细',
    '提取发票号码和价税合计，返回JSON',
    '开票日期是否在过去90天内？',
    '识别图中所有文字',
  ],
  en: [
    'What is the total?',
    'List the line items',
    'Extract the invoice number and the total as JSON',
    'Is the total over 5000?',
    'Transcribe all text',
  ],
}
const READER_MANY: Texts = {
  zh: ['价税合计是多少？', '这些图片的合计是否超过5000元？', '识别图中所有文字'],
  en: ['What is the total?', 'Is the sum of these two over 5000?', 'Transcribe all text'],
}
const TALKER_ONE: Texts = {
  zh: [
    '用一句话说说这是什么单据',
    '价税合计是多少？大写和小写一致吗？',
    '把明细整理成表格',
    '有没有不寻常的地方？',
  ],
  en: [
    'What is this, in one sentence?',
    'What is the total? Do the words and the figures agree?',
    'Put the line items into a table',
    'Is anything unusual?',
  ],
}
const TALKER_MANY: Texts = {
  zh: ['比较这几张，列出不同之处', '合计一共是多少？', '有没有重复的票据？'],
  en: ['Compare these: what differs?', 'What do they add up to?', 'Is any of them twice?'],
}

export const tongueOf = (language: string): Tongue => (language.startsWith('zh') ? 'zh' : 'en')

export function examplesFor(
  pictures: number,
  converses: boolean,
  language: string,
): readonly string[] {
  const many = pictures > 1
  const texts = converses ? (many ? TALKER_MANY : TALKER_ONE) : many ? READER_MANY : READER_ONE
  return texts[tongueOf(language)]
}

/** Whether the built-in reader said that it cannot tell. */
export const cannotTell = (text: string): boolean =>
  /^\s*(无法确定|cannot tell)/i.test(text) || /^\s*"?(无法确定|cannot tell)"?\s*$/im.test(text)

const MARKS = /[\\`*_{}[\]()#+\-.!|<>~&=]/g

/**
 * An answer as Markdown. JSON alone is shown as code, one field a line. What the built-in reader
 * copied from a page is no Markdown, whatever signs are in it, but for the tables it writes.
 */
export function asMarkdown(text: string, converses: boolean): string {
  const trimmed = text.trim()
  if (/^[[{][\s\S]*[\]}]$/.test(trimmed)) {
    try {
      return `\`\`\`json\n${JSON.stringify(JSON.parse(trimmed), null, 2)}\n\`\`\``
    } catch {
      return text
    }
  }
  const isTable = /^\|[\s\S]*^\| *---/m.test(trimmed)
  return converses || isTable ? text : text.replace(MARKS, '\\$&')
}
