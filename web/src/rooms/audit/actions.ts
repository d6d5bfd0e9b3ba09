/** What actions of the record are called: Chinese, English. */
export type Named = readonly [zh: string, en: string]

export const ACTIONS: Readonly<Record<string, Named>> = {
  'claim.submitted': ['提交报销单', 'Claim handed in'],
  'claim.read': ['机器读取附件', 'Attachments read'],
  'claim.decided': ['机器作出判断', 'Judged by the machine'],
  'claim.approved': ['报销单通过', 'Claim approved'],
  'claim.rejected': ['报销单未通过', 'Claim rejected'],
  'claim.referred': ['转人工审核', 'Referred to a person'],
  'claim.asked': ['向提交人提问', 'Submitter asked'],
  'claim.answered': ['提交人答复', 'Submitter answered'],
  'claim.appealed': ['提出申诉', 'Appealed'],
  'claim.cancelled': ['撤回报销单', 'Claim withdrawn'],
  'claim.quarantined': ['报销单隔离', 'Claim set aside'],
  'claim.released': ['解除隔离', 'Let out of quarantine'],
  'claim.reopened': ['重新审核', 'Opened again'],
  'claim.overridden': ['主管改判', 'Decision turned round'],
  'review.taken': ['领取审核', 'Review taken'],
  'claim.revealed': ['查看完整个人信息', 'Personal data shown whole'],
  'review.advised': ['查看机器意见', 'Advice looked at'],
  'review.corrected': ['更正字段', 'Fields corrected'],
  'review.first_approval': ['第一人通过', 'First of two approvals'],
  'review.rechecked': ['复查', 'Re-checked'],
  'review.overdue': ['审核超期', 'Review overdue'],
  'stage.changed': ['修改自动化阶段', 'Stage changed'],
  'stage.demoted': ['自动降级', 'Stage lowered by itself'],
  'policy.drafted': ['起草规则', 'Policy drafted'],
  'policy.proposed': ['提议规则', 'Policy proposed'],
  'policy.published': ['发布规则', 'Policy published'],
  'policy.withdrawn': ['撤回规则', 'Policy withdrawn'],
  'user.created': ['新建用户', 'User made'],
  'user.changed': ['修改用户', 'User changed'],
  'user.tied': ['绑定单点登录', 'Sign-on tied'],
  'department.created': ['新建部门', 'Department made'],
  'department.changed': ['修改部门', 'Department changed'],
  'key.created': ['新建密钥', 'Key made'],
  'key.revoked': ['吊销密钥', 'Key revoked'],
  'webhook.created': ['新建回调', 'Webhook made'],
  'webhook.changed': ['修改回调', 'Webhook changed'],
  'webhook.secret_changed': ['更换回调密钥', "Webhook's secret changed"],
  'webhook.switched_off': ['停用回调', 'Webhook switched off'],
  'webhook.deleted': ['删除回调', 'Webhook deleted'],
  'session.opened': ['登录', 'Signed in'],
  'session.ended': ['退出登录', 'Session ended'],
  'session.refused': ['登录被拒', 'Sign-in refused'],
  'setup.link_made': ['生成初始链接', 'Set-up link made'],
  'setup.link_used': ['使用初始链接', 'Set-up link used'],
}

/** The action in a language; one that has no name yet is shown as it is. */
export function actionIn(action: string, language: string): string {
  const named = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
  if (named === undefined) return action
  return language.startsWith('zh') ? named[0] : named[1]
}

/** What a subject's id is of; the page that shows it, where there is one. */
export function placeOf(subject: string): string | null {
  if (subject.startsWith('clm_')) return `/claims/${encodeURIComponent(subject)}`
  return null
}
