import { describe, expect, it } from 'vitest'
import type { AddedShown, FolderShown } from '../api'
import { filtersIn, isFiltered, queryOf, wantedOf } from './filters'
import { flatTree, treeOf, wayTo } from './folderTree'
import { chosen, isLitter } from './gathered'
import { kept, nothingChosen, ranged, toggled } from './selection'
import { sizeText } from './sizes'
import { rowsOf, textOf } from './textRows'
import { overallOf, stateOf, toldOf, uploadOf, waitMs, type Upload } from './uploads'

const folder = (id: string, parent: string | null, name = id, documents = 1): FolderShown => ({
  id,
  parent,
  name,
  path: [name],
  department: null,
  owner: 'u',
  documents,
  may_add: true,
  may_manage: true,
  version: 1,
})

describe('folders', () => {
  const folders = [
    folder('b2', 'b', 'B 10'),
    folder('b1', 'b', 'B 9'),
    folder('b', null),
    folder('a', null),
  ]

  it('are a tree by names, numbers in their order, with what is below counted', () => {
    const tree = treeOf(folders, 'en')
    expect(tree.map((node) => node.folder.id)).toEqual(['a', 'b'])
    expect(tree[1]?.below.map((node) => node.folder.name)).toEqual(['B 9', 'B 10'])
    expect(tree[1]?.documents).toBe(3)
    expect(flatTree(tree).map(([each, depth]) => `${depth}${each.id}`)).toEqual([
      '0a',
      '0b',
      '1b1',
      '1b2',
    ])
  })

  it('whose parent is out of reach stand at the root', () => {
    expect(treeOf([folder('x', 'gone')], 'zh').map((node) => node.folder.id)).toEqual(['x'])
  })

  it('have a way from the root, and a ring of parents does not hang', () => {
    expect(wayTo(folders, 'b1').map((each) => each.id)).toEqual(['b', 'b1'])
    expect(wayTo(folders, 'none')).toEqual([])
    expect(wayTo([folder('p', 'q'), folder('q', 'p')], 'p')).toHaveLength(2)
  })
})

it('keeps filters in the address, and only what differs from the plain list', () => {
  const filters = filtersIn({ folder: 'f', state: 'failed', order: 'sideways', tag: ['t', 'x'] })
  expect(filters).toEqual({ folder: 'f', tag: 't', kind: '', state: 'failed', order: 'newest' })
  expect(queryOf(filters)).toEqual({ folder: 'f', tag: 't', state: 'failed' })
  expect(isFiltered(filters)).toBe(true)
  expect(wantedOf(filters).deep).toBe(true)
  expect(wantedOf(filtersIn({ folder: 'f' })).deep).toBe(false)
})

it('leaves out what systems put into folders', () => {
  for (const bad of ['.DS_Store', 'a/.git/config', 'a/~$plan.docx', '__MACOSX/a.pdf', 'Thumbs.db'])
    expect(isLitter(bad), bad).toBe(true)
  const names = chosen([new File(['a'], 'a.pdf'), new File(['b'], '.hidden')])
  expect(names.map((each) => each.path)).toEqual(['a.pdf'])
})

describe('a selection', () => {
  const rows = ['a', 'b', 'c', 'd']

  it('grows and shrinks one by one and in ranges', () => {
    const one = toggled(nothingChosen, 'b')
    expect([...ranged(one, 'd', rows).ids]).toEqual(['b', 'c', 'd'])
    expect([...ranged(one, 'a', rows).ids].sort()).toEqual(['a', 'b'])
    expect(toggled(one, 'b').ids.size).toBe(0)
    expect([...ranged(nothingChosen, 'c', rows).ids]).toEqual(['c'])
  })

  it('forgets what is not listed any more', () => {
    const two = ranged(toggled(nothingChosen, 'a'), 'b', rows)
    expect([...kept(two, ['b', 'c']).ids]).toEqual(['b'])
    expect(kept(two, rows)).toBe(two)
  })
})

describe('uploads', () => {
  const file = (size: number): File => new File(['x'.repeat(size)], 'a.pdf')
  const upload = (state: Upload['state'], share: number, size = 10): Upload => ({
    ...uploadOf({ file: file(size), path: 'a.pdf' }, 'u', 'f', 'F'),
    state,
    share,
  })

  it('refuse empty files before they are sent', () => {
    const one = uploadOf({ file: file(0), path: 'a.pdf' }, 'u', 'f', 'F')
    expect([one.state, one.trouble?.code]).toEqual(['failed', 'empty_file'])
  })

  it('are counted by their bytes', () => {
    const all = [
      upload('done', 1),
      upload('sending', 0.5),
      upload('failed', 0),
      upload('waiting', 0),
    ]
    const overall = overallOf(all)
    expect(overall).toMatchObject({ files: 4, finished: 2, failed: 1, running: true })
    expect(overall.share).toBeCloseTo(0.625)
    expect(overallOf([]).running).toBe(false)
  })

  it('tell what is new, what was there, and what was refused', () => {
    const document = { id: 'd' } as AddedShown['added'][number]['document']
    const refused = [{ name: 'b', code: 'encrypted', message: '', remedy: '' }]
    const told = toldOf({
      added: [
        { document, outcome: 'new', twins: ['t1', 't2'] },
        { document, outcome: 'same', twins: [] },
      ],
      refused,
    })
    expect(told).toMatchObject({ fresh: 1, same: 1, versions: 0, twins: ['t1'], first: 'd' })
    expect(stateOf(told)).toBe('done')
    expect(stateOf(toldOf({ added: [], refused }))).toBe('failed')
  })

  it('wait longer after each failure, and as long as they are told', () => {
    expect([waitMs(1), waitMs(2), waitMs(20)]).toEqual([1_000, 2_000, 30_000])
    expect(waitMs(1, 45)).toBe(45_000)
  })
})

it('puts runs that stand side by side into one row', () => {
  const rows = rowsOf([
    { text: 'Total', box: [0.1, 0.1, 0.2, 0.12] },
    { text: '12.00', box: [0.6, 0.101, 0.7, 0.121] },
    { text: 'Date', box: [0.1, 0.14, 0.2, 0.16] },
  ])
  expect(textOf(rows)).toBe('Total 12.00\nDate')
})

it('tells sizes in the language of the page', () => {
  expect(sizeText(0, 'en')).toMatch(/^0/)
  expect(sizeText(1_500_000, 'en')).toMatch(/^1\.5/)
  expect(sizeText(23_000, 'zh')).toMatch(/^23/)
})
