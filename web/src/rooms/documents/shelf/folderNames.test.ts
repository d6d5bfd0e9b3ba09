import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folderNamed, OWN_NAME } from './folderNames'

it("tells one's own folder in one language, wherever it stands in a way", () => {
  expect(folderNamed(OWN_NAME, 'en-GB')).toBe('My documents')
  expect(folderNamed(`${OWN_NAME} / 2026`, 'zh')).toBe('我的文档 / 2026')
  expect(folderNamed('My documents', 'zh')).toBe('My documents')
})

it('knows it as the desk makes it', () => {
  const made = readFileSync(
    join(process.cwd(), '..', 'src', 'yuepi', 'library', 'folders.py'),
    'utf8',
  )
  expect(made).toContain(`OWN_NAME: Final = "${OWN_NAME}"`)
})
