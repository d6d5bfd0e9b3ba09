/** All problems in words, by their stable `code`; loaded once somebody may have to read one. */
import { ADMIN, AGAIN, CORRECT, RELOAD, row, type Row } from './problemRow'
import { ASKING } from './problemTableFirst'
import { LIBRARY } from './problemTableLibrary'
import { CLAIMS, MODELS, REVIEWS } from './problemTableWork'

/** People, keys, signing in. */
const PEOPLE: Record<string, Row> = {
  wrong_credentials: row('用户名或密码不对', 'Login or password is wrong', [
    '请检查大小写；忘记密码请联系管理员重设。',
    'Mind capitals; an administrator can set a new password.',
  ]),
  too_many_attempts: row('登录失败次数太多，请稍等', 'Signing in failed too often', [
    '过一会儿再试，或请管理员重设密码。',
    'Wait a little, or ask an administrator for a new password.',
  ]),
  wrong_password: row('当前密码不对', 'The current password is wrong', CORRECT),
  weak_password: row('这个密码太容易猜到', 'This password is too easy to guess', [
    '请换一个更长、不含姓名和常见词的密码。',
    'Choose a longer one without your name or common words.',
  ]),
  no_password: row('这个账号没有密码', 'This account has no password', [
    '请用单点登录，或请管理员设置密码。',
    'Use single sign-on, or ask an administrator to set one.',
  ]),
  sign_on_refused: row('单点登录被拒绝', 'Single sign-on was refused', ADMIN),
  sign_on_unavailable: row('单点登录服务暂时不可用', 'Single sign-on is not there now', AGAIN),
  link_refused: row('链接无效或已过期', 'The link is not valid or has expired', ADMIN),
  bad_next: row('跳转地址不对', 'The address to go to is wrong'),
  invalid_api_key: row('密钥无效', 'The key is not valid', ADMIN),
  key_needed: row('需要密钥', 'A key is needed', ADMIN),
  key_exists: row('已有这个密钥', 'This key exists already', CORRECT),
  unknown_key: row('没有这个密钥', 'There is no such key', RELOAD),
  bad_scopes: row('权限范围不对', 'The scopes are wrong', CORRECT),
  scopes_too_wide: row(
    '密钥的权限超出了本人的权限',
    'A key may not do more than its owner',
    CORRECT,
  ),
  login_taken: row('这个用户名已被使用', 'This login is taken', [
    '请换一个。',
    'Choose another one.',
  ]),
  taken: row('这个名称已被使用', 'This is taken', ['请换一个。', 'Choose another one.']),
  subject_taken: row(
    '这个外部账号已绑定他人',
    'This outside account belongs to another user',
    ADMIN,
  ),
  last_admin: row('这是最后一位管理员', 'This is the last administrator', [
    '请先让另一个人成为管理员。',
    'Make another person an administrator first.',
  ]),
  admin_exists: row('已经有管理员了', 'There is an administrator already'),
  bad_login: row('用户名格式不对', 'This cannot be a login', [
    '请用字母、数字、点、横线或下划线。',
    'Use letters, digits, dots, dashes or underscores.',
  ]),
  bad_name: row('名称格式不对', 'This cannot be a name', CORRECT),
  bad_email: row('邮箱格式不对', 'This is no e-mail address', CORRECT),
  unknown_login: row('没有这个用户', 'There is no such user', CORRECT),
  unknown_department: row('没有这个部门', 'There is no such department', RELOAD),
  department_taken: row('同级已有同名部门', 'A department of this name is there already', CORRECT),
  department_circle: row('部门不能放到自己下面', 'A department cannot be below itself', CORRECT),
  department_too_deep: row('部门层级太深', 'Departments are nested too deeply', CORRECT),
  bad_webhook_url: row('不能调用这个地址', 'This address cannot be called', [
    '请填写可从公网访问的 https 地址。',
    'Give an https address that can be reached from outside.',
  ]),
  bad_overlap: row('新旧密钥并用的时间不对', 'The two secrets cannot overlap that long', CORRECT),
  unknown_event: row('没有这种事件', 'There is no such event', CORRECT),
  too_many_webhooks: row('回调地址已达上限', 'There are as many webhooks as may be', [
    '请先删除不用的。',
    'Remove one that is not needed.',
  ]),
}

/** All rows by their code. */
export const PROBLEMS: Readonly<Record<string, Row>> = {
  ...ASKING,
  ...PEOPLE,
  ...CLAIMS,
  ...REVIEWS,
  ...MODELS,
  ...LIBRARY,
}
