/** A question before something is done; loaded by who asks it: `(await import('@/ui/confirmed'))`. */
import { ElMessageBox } from 'element-plus'

interface Answers {
  confirmButtonText: string
  cancelButtonText: string
}

/** Whether somebody said yes. */
export const confirmed = (text: string, title: string, answers: Answers): Promise<boolean> =>
  ElMessageBox.confirm(text, title, answers).then(
    () => true,
    () => false,
  )
