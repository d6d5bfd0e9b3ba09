/** The same question for a terminal or a program. Keys and files are the reader's to fill in. */
import type { ChatBody, Message, Picture, Turn } from './conversation'
import { bodyOf } from './conversation'

const FIXED = 'picture'
const ENDINGS: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/bmp': 'bmp',
}

interface Asked {
  turns: readonly Turn[]
  /** Where the desk is, e.g. `https://desk.example.com`. */
  origin: string
}

/** The name under which a program finds a picture: never the (hostile) name of its file. */
export const fileOf = (picture: Picture, at: number): string =>
  `${FIXED}-${at + 1}.${ENDINGS[picture.type] ?? 'jpg'}`

interface Named {
  files: string[]
  body: ChatBody
  /** Stands where a picture's bytes go, and nowhere else. */
  mark: string
}

function namedFiles(turns: readonly Turn[]): Named {
  const said = turns.map((turn) => turn.question + turn.answer.text).join()
  let mark = '<picture>'
  while (said.includes(mark)) mark = `<${mark}>`
  const files: string[] = []
  const body = bodyOf(turns, (picture) => {
    files.push(fileOf(picture, files.length))
    return `data:${picture.type};base64,${mark}`
  })
  return { files, body, mark }
}

/** In single quotes for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** For a POSIX shell with base64, tr and curl: the body is put together on the way. */
export function curlText({ turns, origin }: Asked): string {
  const { files, body, mark } = namedFiles(turns)
  // printf's format: its own signs doubled, then a %s where each picture goes.
  const format = JSON.stringify(body)
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')
    .replaceAll(mark, '%s')
  const pictures = files.map((file) => ` \\\n  "$(base64 < ${file} | tr -d '\\n')"`).join('')
  return [
    'YUEPI_KEY="yp-YOUR-KEY"',
    `printf ${quoted(format)}${pictures} |`,
    `  curl -sS -N ${quoted(`${origin}/v1/chat/completions`)} \\`,
    '    -H "Authorization: Bearer $YUEPI_KEY" \\',
    "    -H 'Content-Type: application/json' \\",
    '    --data-binary @-',
    '',
  ].join('\n')
}

/** For Python with the `openai` package. */
export function pythonText({ turns, origin }: Asked): string {
  const { files, body } = namedFiles(turns)
  let next = 0
  const helper = [
    '',
    '',
    'def picture(path, kind):',
    '    data = base64.b64encode(Path(path).read_bytes()).decode()',
    '    return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}"}}',
    '',
    '',
  ]
  return [
    ...(files.length > 0 ? ['import base64', 'from pathlib import Path', ''] : []),
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${python(`${origin}/v1`)}, api_key="yp-YOUR-KEY")`,
    ...(files.length > 0 ? helper : ['']),
    'messages = [',
    ...body.messages.flatMap((message) => pythonMessage(message, () => files[next++] ?? '')),
    ']',
    'with client.chat.completions.create(',
    `    model=${python(body.model)}, temperature=0, messages=messages, stream=True`,
    ') as events:',
    '    for event in events:',
    '        if event.choices:',
    '            print(event.choices[0].delta.content or "", end="", flush=True)',
    'print()',
    '',
  ].join('\n')
}

/** A text as Python writes it: JSON's strings are Python's too. */
const python = (text: string): string =>
  JSON.stringify(text).replace(/[\u2028\u2029\u007f]/g, (sign) => `\\u${hex(sign)}`)
const hex = (sign: string): string => sign.charCodeAt(0).toString(16).padStart(4, '0')

function pythonMessage(message: Message, nextFile: () => string): string[] {
  const head = `    {"role": "${message.role}", "content": `
  if (typeof message.content === 'string') return [`${head}${python(message.content)}},`]
  const parts = message.content.map((part) => {
    if (part.type === 'text') return `        {"type": "text", "text": ${python(part.text)}},`
    const kind = part.image_url.url.slice('data:'.length).split(';')[0] ?? ''
    return `        picture(${python(nextFile())}, ${python(kind)}),`
  })
  return [`${head}[`, ...parts, '    ]},']
}
