// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { keepInvoiceStars, replaceFrom, tameLinks, wrapCode, wrapTables } from './markdown'

function rooted(html: string): HTMLElement {
  const root = document.createElement('div')
  root.innerHTML = html
  return root
}

describe('Markdown from a model', () => {
  it('keeps the stars of invoice items', () => {
    expect(keepInvoiceStars('*餐饮服务*餐费')).toBe('\\*餐饮服务\\*餐费')
    expect(keepInvoiceStars('*重点* 与 **粗体**字')).toBe('*重点* 与 **粗体**字')
    expect(keepInvoiceStars('`*餐饮服务*餐费`')).toBe('`*餐饮服务*餐费`')
  })

  it('links to the web alone, and tells the other side nothing', () => {
    const root = rooted('<a href="javascript:x">a</a><a href="/api">b</a><a href="https://c">c</a>')
    tameLinks(root)
    const [bad, ours, good] = root.querySelectorAll('a')
    expect(bad?.hasAttribute('href')).toBe(false)
    expect(ours?.hasAttribute('href')).toBe(false)
    expect(good?.getAttribute('rel')).toContain('noopener noreferrer')
  })

  it('lets code be copied and tables scroll', () => {
    const root = rooted('<pre><code>let a</code></pre><table><tr><td>1</td></tr></table>')
    wrapCode(root, 'Copy', 'Code')
    wrapTables(root, 'Table')
    expect(root.querySelector('.md-code > .md-copy')?.textContent).toBe('Copy')
    expect(root.querySelector('.md-code > pre')?.textContent).toBe('let a')
    expect(root.querySelector('.md-table > table')).not.toBeNull()
  })

  it('leaves what is the same where it is', () => {
    const root = rooted('<p>one</p><p>tw</p>')
    const first = root.firstChild
    replaceFrom(root, rooted('<p>one</p><p>two</p><p>three</p>'))
    expect(root.firstChild).toBe(first)
    expect(root.textContent).toBe('onetwothree')
    replaceFrom(root, rooted(''))
    expect(root.childNodes).toHaveLength(0)
  })
})
