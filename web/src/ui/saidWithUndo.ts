/** Says what was done, with a way back; longer than what has none. */
import { ElButton, ElMessage } from 'element-plus'
import { h } from 'vue'

const SHOWN_MS = 8_000

export function saidWithUndo(done: string, undo: string, act: () => void): void {
  const back = (): void => {
    said.close()
    act()
  }
  const said = ElMessage.success({
    message: h('span', { class: 'y-undo' }, [
      done,
      h(ElButton, { link: true, type: 'primary', onClick: back }, () => undo),
    ]),
    duration: SHOWN_MS,
    showClose: true,
  })
}
