// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  comparisonCell,
  comparisonIn,
  shownCell,
  textCell,
  textIn,
  wordsCell,
  wordsIn,
} from './cells'
import { dropDraft, keepDraft, keptDraft } from './drafts'
import { begun, done, redone, undone } from './history'
import {
  addColumn,
  addRow,
  canonical,
  cellAt,
  columnsOf,
  deleteColumn,
  deleteRow,
  duplicateRow,
  jdmOf,
  moveRow,
  sameJdm,
  setCell,
  tableOf,
  tablesOf,
  type Jdm,
} from './jdm'

const TEXT = readFileSync('../src/yuepi/approvals/policies/default.json', 'utf8')
const shipped = (): Jdm => jdmOf(JSON.parse(TEXT))
const names = (jdm: Jdm, table = 'claim'): string[] =>
  tableOf(jdm, table)?.content.rules.map((rule) => rule._id ?? '') ?? []

describe('a policy', () => {
  it('comes back as it was, whatever was read of it', () => {
    const jdm = shipped()
    for (const table of tablesOf(jdm)) columnsOf(table)
    expect(JSON.stringify(jdm)).toBe(JSON.stringify(JSON.parse(TEXT)))
  })

  it('changes one cell and shares the rest', () => {
    const jdm = shipped()
    const place = { table: 'claim', row: 0, column: 'total_amount' }
    const next = setCell(jdm, place, '> 6000')
    expect(cellAt(next, place)).toBe('> 6000')
    expect(cellAt(jdm, place)).not.toBe('> 6000')
    expect(tableOf(next, 'documents')).toBe(tableOf(jdm, 'documents'))
    expect(next.edges).toBe(jdm.edges)
    expect(sameJdm(setCell(next, place, cellAt(jdm, place)), jdm)).toBe(true)
    expect(setCell(jdm, place, cellAt(jdm, place))).toBe(jdm)
  })

  it('adds, doubles, moves and deletes rows under names of their own', () => {
    const jdm = shipped()
    const before = names(jdm)
    const added = addRow(addRow(jdm, 'claim', 1), 'claim', 1)
    expect(names(added).slice(0, 4)).toEqual([before[0], 'new_rule_2', 'new_rule', before[1]])
    expect(cellAt(added, { table: 'claim', row: 1, column: 'outcome' })).toBe('"refer"')
    const doubled = duplicateRow(jdm, 'claim', 0)
    expect(names(doubled)[0]).toBe(before[0])
    expect(new Set(names(doubled)).size).toBe(before.length + 1)
    expect(names(moveRow(jdm, 'claim', 0, 2)).slice(0, 3)).toEqual([
      before[1],
      before[2],
      before[0],
    ])
    expect(moveRow(jdm, 'claim', 0, -1)).toBe(jdm)
    expect(names(deleteRow(jdm, 'claim', 0))).toEqual(before.slice(1))
    expect(sameJdm(moveRow(moveRow(jdm, 'claim', 3, 1), 'claim', 1, 3), jdm)).toBe(true)
  })

  it('keeps its last row and its last column', () => {
    let jdm = shipped()
    for (let at = 0; at < 40; at += 1) jdm = deleteRow(jdm, 'claim', 0)
    expect(names(jdm)).toHaveLength(1)
    for (const column of tableOf(jdm, 'claim')?.content.inputs ?? [])
      jdm = deleteColumn(jdm, 'claim', column.id)
    expect(tableOf(jdm, 'claim')?.content.inputs).toHaveLength(1)
    expect(tableOf(jdm, 'claim')?.content.outputs).toHaveLength(5)
  })

  it('adds a column to every row, and takes it away without a trace', () => {
    const jdm = shipped()
    const wider = addColumn(jdm, 'claim', 'receipts', 'Till receipts')
    expect(tableOf(wider, 'claim')?.content.inputs.at(-1)?.field).toBe('receipts')
    expect(tableOf(wider, 'claim')?.content.rules.every((rule) => rule.receipts === '')).toBe(true)
    expect(sameJdm(deleteColumn(wider, 'claim', 'receipts'), jdm)).toBe(true)
    expect(addColumn(wider, 'claim', 'receipts', 'x')).not.toBe(wider)
  })

  it('is the same whatever the order of its keys', () => {
    expect(canonical({ b: [1, { d: 2, c: 3 }], a: 4 })).toBe('{"a":4,"b":[1,{"c":3,"d":2}]}')
  })
})

describe('undo', () => {
  const place = { table: 'claim', row: 0, column: 'total_amount' }

  it('takes typing in one cell as one step', () => {
    const start = shipped()
    let history = begun(start)
    history = done(history, setCell(history.present, place, '>'), 'a', 1000)
    history = done(history, setCell(history.present, place, '> 7'), 'a', 1300)
    history = done(history, setCell(history.present, place, '> 70'), 'a', 1600)
    expect(history.past).toHaveLength(1)
    expect(undone(history).present).toBe(start)
    expect(redone(undone(history)).present).toBe(history.present)
  })

  it('begins a step after a pause, elsewhere, and after an undo', () => {
    const start = shipped()
    let history = done(begun(start), setCell(start, place, '> 7'), 'a', 1000)
    history = done(history, setCell(history.present, place, '> 8'), 'a', 9000)
    history = done(history, addRow(history.present, 'claim', 0), '', 9001)
    expect(history.past).toHaveLength(3)
    history = undone(undone(history))
    expect(cellAt(history.present, place)).toBe('> 7')
    history = done(history, setCell(history.present, place, '> 9'), 'a', 9002)
    expect(history.future).toHaveLength(0)
    expect(undone(undone(undone(history))).present).toBe(start)
  })

  it('ignores what changes nothing', () => {
    const history = begun(shipped())
    expect(done(history, history.present, 'a', 1)).toBe(history)
    expect(undone(history)).toBe(history)
    expect(redone(history)).toBe(history)
  })
})

describe('a cell', () => {
  it('is read as words, comparison or text only where that says it all', () => {
    expect(wordsIn('"yes", "no"')).toEqual(['yes', 'no'])
    expect(wordsIn('')).toEqual([])
    expect(wordsIn('$ != "yes"')).toBeNull()
    expect(comparisonIn('>= 50.5')).toEqual({ sign: '>=', value: '50.5' })
    expect(comparisonIn('0')).toEqual({ sign: '=', value: '0' })
    expect(comparisonIn('(2..5]')).toBeNull()
    expect(textIn('`${file} x`')).toBe('${file} x')
    expect(textIn('"a"')).toBe('a')
    expect(textIn('"a" + "b"')).toBeNull()
  })

  it('comes back from every form as it was', () => {
    for (const table of tablesOf(shipped()))
      for (const rule of table.content.rules) {
        for (const column of table.content.inputs) {
          const cell = rule[column.id] ?? ''
          const words = wordsIn(cell)
          if (words !== null) expect(wordsCell(words)).toBe(cell)
          const compared = comparisonIn(cell)
          if (compared !== null) expect(comparisonCell(compared.sign, compared.value)).toBe(cell)
        }
        for (const column of table.content.outputs) {
          const text = textIn(rule[column.id] ?? '')
          expect(text).not.toBeNull()
          expect(textIn(textCell(text ?? '') ?? '')).toBe(text)
        }
      }
  })

  it('never breaks out of its quotes', () => {
    expect(textCell('say "hi"')).toBe('`say "hi"`')
    expect(textCell('say "hi" `now`')).toBeNull()
    expect(textCell('two\nlines')).toBe('"two lines"')
  })

  it('is shown by its names', () => {
    const yes = [
      { value: 'yes', zh: '是', en: 'yes' },
      { value: 'no', zh: '否', en: 'no' },
    ]
    expect(shownCell('"yes","no"', 'choice', yes, 'zh')).toBe('是、否')
    expect(shownCell('$ != "yes"', 'choice', yes, 'zh')).toBe('$ != "yes"')
    expect(shownCell('>= 5', 'number', [], 'zh')).toBe('≥ 5')
    expect(shownCell('"hello"', 'output', [], 'en')).toBe('hello')
  })
})

describe('a draft', () => {
  it('is kept for its maker and version, and dropped', () => {
    const jdm = shipped()
    expect(keepDraft('u', 'v', jdm, new Date(0), localStorage)).toBe(true)
    expect(sameJdm(keptDraft('u', 'v', localStorage)?.jdm ?? begun(jdm).present, jdm)).toBe(true)
    expect(keptDraft('other', 'v', localStorage)).toBeNull()
    dropDraft('u', 'v', localStorage)
    expect(keptDraft('u', 'v', localStorage)).toBeNull()
    localStorage.setItem('yuepi.policy.u.v', '{"jdm":5}')
    expect(keptDraft('u', 'v', localStorage)).toBeNull()
  })
})
