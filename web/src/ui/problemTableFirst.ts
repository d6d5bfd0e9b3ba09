/** Problems that may be told before anything else was loaded, by their stable `code`. */
import { ADMIN, AGAIN, CORRECT, RELOAD, row, type Row } from './problemRow'

/** The connection, the session, and the form of a request. */
export const ASKING: Record<string, Row> = {
  offline: row('连不上服务器', 'The server cannot be reached', [
    '请检查网络；已填写的内容都还在，恢复后再试即可。',
    'Check the network; what you typed is kept, so try again once it is back.',
  ]),
  aborted: row('请求已停止', 'The request was stopped'),
  unexpected: row('出了意料之外的问题', 'Something unexpected went wrong', AGAIN),
  error: row('没有成功', 'It did not work', AGAIN),
  internal_error: row('服务器内部出错', 'The server failed', AGAIN),
  unavailable: row('系统的一部分暂时不可用', 'A part of the system is not there now', AGAIN),
  database_unavailable: row('数据库暂时不可用', 'The database is not there now', AGAIN),
  blobs_unavailable: row('文件存储暂时不可用', 'The file store is not there now', AGAIN),
  queue_unavailable: row('任务队列暂时不可用', 'The work queue is not there now', AGAIN),
  limits_unavailable: row('限额服务暂时不可用', 'The limits cannot be checked now', AGAIN),
  disk_unavailable: row('服务器磁盘暂时不可用', "The server's disk is not there now", AGAIN),
  disk_full: row('服务器磁盘已满', "The server's disk is full", ADMIN),
  busy: row('系统正忙', 'The system is busy', AGAIN),
  too_many_requests: row('请求太多，系统忙不过来', 'Too many requests at once', AGAIN),
  too_many_streams: row('打开的页面太多', 'Too many pages are listening', [
    '请关掉一些页面再试。',
    'Close some of your pages and try again.',
  ]),
  too_slow: row('传输太慢，已中断', 'The transfer was too slow and was ended', AGAIN),
  request_timeout: row('请求超时', 'The request took too long', AGAIN),
  not_signed_in: row('登录已失效', 'You are not signed in', ['请重新登录。', 'Sign in again.']),
  missing_right: row('您没有这项权限', 'You do not have the right to do this', ADMIN),
  forbidden: row('不允许这样做', 'This is not allowed', ADMIN),
  forged_request: row('请求没有通过安全校验', 'The request failed a safety check', [
    '请刷新页面后再试。',
    'Reload the page and try again.',
  ]),
  not_found: row('找不到这一项', 'This was not found', [
    '它可能已被删除，或您无权查看。',
    'It may have been removed, or it is not for you to see.',
  ]),
  unknown_url: row('没有这个地址', 'There is no such address', [
    '系统可能刚升级，请刷新页面。',
    'The system may have been upgraded: reload the page.',
  ]),
  method_not_allowed: row('不支持这种操作', 'This is not possible here'),
  invalid: row('有内容填写不正确', 'Something was not filled in properly', CORRECT),
  bad_request: row('请求格式不对', 'The request has a wrong form', CORRECT),
  bad_usage: row('这样做行不通', 'That does not work', CORRECT),
  bad_form: row('表单格式不对', 'The form has a wrong shape', CORRECT),
  missing_field: row('有必填项没有填', 'Something that is needed is missing', CORRECT),
  unknown_field: row('有一项内容系统不认识', 'There is a field nobody knows', CORRECT),
  repeated_field: row('同一项填了两次', 'A field comes twice', CORRECT),
  invalid_json: row('内容不是有效的 JSON', 'The content is no valid JSON', CORRECT),
  invalid_request: row('请求不正确', 'The request is not right', CORRECT),
  bad_cursor: row('翻页位置已失效', 'This place in the list is gone', RELOAD),
  row_refused: row('数据没有被接受', 'The data was not accepted', CORRECT),
  bad_if_match: row('版本标记不对', 'The version mark is wrong', RELOAD),
  precondition_required: row(
    '修改缺少版本信息',
    'The change does not say what it is based on',
    RELOAD,
  ),
  stale: row('别人刚刚改过这一项', 'Somebody else has just changed this', [
    '请看看最新内容，再决定是否保留您的修改。',
    'Look at what stands now, then decide whether to keep your change.',
  ]),
  conflict: row('与当前情况冲突', 'This does not fit what stands now', RELOAD),
  bad_idempotency_key: row(
    '重复提交的标记不对',
    'The mark against double sending is wrong',
    RELOAD,
  ),
  idempotency_mismatch: row(
    '同一次提交内容前后不一致',
    'The same submission came with other content',
    RELOAD,
  ),
}
