/** What the kinds of documents and their fields are called, those of a company's own packages too:
 *  asked for once, when a name is wanted that the page does not bring along. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { send, type Shape } from '@/api/client'

type Named = readonly [zh: string, en: string]
type KindsTold = Partial<Shape<'KindsShown'>>

export const useKinds = defineStore('kinds', () => {
  const kinds = shallowReactive(new Map<string, Named>())
  const fields = shallowReactive(new Map<string, Named>())
  const own = shallowReactive(new Map<string, Named>())
  const topics = shallowReactive(new Map<string, Shape<'TopicShown'>>())
  const masked = shallowReactive(new Map<string, readonly string[]>())
  let asked = false

  const kindNamed = (name: string): Named | undefined => {
    ask()
    return kinds.get(name)
  }
  /** Of a kind, where that is known: a contract's amount is not an invoice's. */
  const fieldNamed = (name: string, kind = ''): Named | undefined => {
    ask()
    return own.get(`${kind}/${name}`) ?? fields.get(name)
  }
  /** All kinds there are. */
  const kindNames = (): string[] => {
    ask()
    return [...kinds.keys()]
  }
  const topicNamed = (name: string): Shape<'TopicShown'> | undefined => {
    ask()
    return topics.get(name)
  }
  /** The fields of a kind that hold personal data. */
  const maskedOf = (kind: string): readonly string[] => {
    ask()
    return masked.get(kind) ?? []
  }

  function ask(): void {
    if (asked) return
    asked = true
    void fetchKinds()
  }

  async function fetchKinds(): Promise<void> {
    try {
      const answer = await send(new Request(`${window.location.origin}/api/kinds`))
      if (!answer.ok) throw new Error(String(answer.status))
      const told = (await answer.json()) as KindsTold
      for (const topic of told.topics ?? []) topics.set(topic.name, topic)
      for (const kind of told.kinds ?? []) {
        kinds.set(kind.name, [kind.title_zh, kind.title_en])
        const hidden = kind.fields.filter((field) => field.masked)
        masked.set(
          kind.name,
          hidden.map(({ name }) => name),
        )
        for (const { name, zh, en } of kind.fields) {
          own.set(`${kind.name}/${name}`, [zh, en])
          if (!fields.has(name)) fields.set(name, [zh, en])
        }
      }
    } catch {
      // A name is a comfort: without it the code stands there; asked again when next wanted.
      asked = false
    }
  }

  return { kindNamed, kindNames, fieldNamed, topicNamed, maskedOf }
})
