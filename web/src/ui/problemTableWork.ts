/** Problems with claims, reviews and models, by their code. */
import { ADMIN, AGAIN, CORRECT, RELOAD, row, type Row } from './problemRow'

/** Claims and their files. */
export const CLAIMS: Record<string, Row> = {
  bad_claim: row('报销单内容不正确', 'The claim is not right', CORRECT),
  wrong_state: row(
    '报销单的状态已变，不能再这样做',
    'The claim has moved on: this cannot be done now',
    RELOAD,
  ),
  not_yours: row('这不归您管理，不能更改', 'Others look after this: you cannot change it'),
  invoices_held: row('其中的发票已在别的报销单中', 'Its invoices are in another claim, too', [
    '请核对是否重复报销。',
    'Check whether it was claimed twice.',
  ]),
  already_appealed: row('已经申诉过了', 'There was an appeal already', [
    '请等待复核结果。',
    'Wait for its answer.',
  ]),
  appeal_too_late: row('申诉期限已过', 'It is too late for an appeal', ADMIN),
  asked_before: row('之前已经询问过提交人', 'The submitter was asked before'),
  turned_down_before: row('之前曾被拒绝', 'It was turned down before'),
  similar_picture: row('有一张很相似的图片', 'There is a very similar picture'),
  too_large: row('文件太大', 'This is too large', [
    '请压缩或拆分后再传。',
    'Make it smaller or split it.',
  ]),
  file_too_large: row('文件太大', 'The file is too large', [
    '请压缩或拆分后再传。',
    'Make it smaller or split it.',
  ]),
  image_too_large: row('图片太大', 'The picture is too large', [
    '请缩小后再传。',
    'Make it smaller.',
  ]),
  request_too_large: row('一次发送的内容太多', 'Too much was sent at once', [
    '请分几次发送。',
    'Send less.',
  ]),
  too_many_files: row('文件太多', 'There are too many files', [
    '请分成几张报销单。',
    'Make several claims.',
  ]),
  too_many_uploads: row('同时上传的文件太多', 'Too many uploads at once', AGAIN),
  too_many_open_uploads: row('未提交的文件太多', 'Too many files wait to be submitted', [
    '请先提交或删除一些。',
    'Submit or remove some first.',
  ]),
  too_many_pages: row('页数太多', 'There are too many pages', [
    '请拆分后再传。',
    'Split the file.',
  ]),
  too_deep: row('文件夹或压缩包层级太深', 'It is nested too deeply', CORRECT),
  unsupported_media_type: row('不支持这种文件', 'Files of this kind are not read', [
    '请上传 JPG、PNG、PDF、OFD 或 XML。',
    'Send JPG, PNG, PDF, OFD or XML.',
  ]),
  unknown_type: row('认不出这种文件', 'This kind of file is not known', [
    '请上传 JPG、PNG、PDF、OFD 或 XML。',
    'Send JPG, PNG, PDF, OFD or XML.',
  ]),
  unsupported_encoding: row('不支持这种编码', 'This encoding is not supported', CORRECT),
  unreadable_file: row('这个文件打不开', 'The file cannot be read', [
    '请确认文件完好，或重新拍照。',
    'Check the file, or take a new photo.',
  ]),
  damaged: row('文件已损坏', 'The file is damaged', ['请换一个完好的文件。', 'Send a sound one.']),
  encrypted: row('文件有密码保护', 'The file is protected by a password', [
    '请去掉密码后再传。',
    'Remove the password and send it again.',
  ]),
  empty: row('文件是空的', 'The file is empty', CORRECT),
  invalid_image: row('这不是可用的图片', 'This is no usable picture', [
    '请换一张。',
    'Choose another one.',
  ]),
  missing_file: row('找不到文件', 'The file is not there', CORRECT),
  blob_missing: row('原始文件不见了', 'The original file is gone', ADMIN),
  blob_damaged: row('原始文件已损坏', 'The original file is damaged', ADMIN),
  content_damaged: row('存储的内容已损坏', 'Stored content is damaged', ADMIN),
}

/** Reviews, policies, audit. */
export const REVIEWS: Record<string, Row> = {
  lease_lost: row('审核时间已到，这一件已放回队列', 'Your time for this review is over', [
    '请重新领取；您的修改仍保留在此页。',
    'Take it again; your changes are still on this page.',
  ]),
  review_taken: row('这一件正由他人审核', 'Somebody else has this review', [
    '请看下一件。',
    'Take the next one.',
  ]),
  too_many_held: row('您手上的审核太多了', 'You hold too many reviews', [
    '请先处理完或放回几件。',
    'Finish or hand back some first.',
  ]),
  another_person: row('这一步须由另一个人来做', 'Another person must do this'),
  own_claim: row('不能审核自己的报销单', 'Nobody reviews their own claim'),
  nothing_waits: row('没有待审核的', 'Nothing waits for review'),
  reason_required: row('需要写明理由', 'A reason is needed', ['请填写理由。', 'Write a reason.']),
  reason_too_long: row('理由太长', 'The reason is too long', ['请写短一些。', 'Make it shorter.']),
  bad_correction: row('更正内容不对', 'The correction is not right', CORRECT),
  too_many_corrections: row('一次更正太多', 'Too many corrections at once', CORRECT),
  unknown_paper: row('没有这张票据', 'There is no such paper', RELOAD),
  which_attachment: row('没有说明是哪个附件', 'It does not say which attachment', CORRECT),
  masked_value: row('这个值被遮盖着，不能作为更正', 'A masked value is no correction', [
    '请先查看完整信息，或填写完整的值。',
    'Have it shown whole first, or type the whole value.',
  ]),
  took_too_long: row('读取时间太长，已停止', 'Reading took too long and was stopped', [
    '请换成更小或页数更少的文件。',
    'Send a smaller file, or one with fewer pages.',
  ]),
  impossible_value: row('这个值不可能出现', 'This value cannot be', CORRECT),
  bad_policy: row('规则有错误', 'The policy has mistakes', CORRECT),
  policy_failed: row('规则执行失败', 'The policy could not be run', ADMIN),
  policy_damaged: row('保存的规则已损坏', 'The policy that is kept was damaged', ADMIN),
  wrong_policy_state: row('规则版本的状态已变', 'This policy version has moved on', RELOAD),
  trial_busy: row('正在进行另一次试运行', 'Another trial is running', AGAIN),
  submitter_says_otherwise: row('提交人填写的内容与读取结果不同', 'The submitter says otherwise'),
  no_row: row('没有匹配的规则', 'No row of the policy matched'),
  bad_stage: row('自动化设置不对', 'The stage is not right', CORRECT),
  stage_not_proven: row(
    '还没有足够的数据证明可以提高自动化',
    'There is not enough proof for more automation',
    ['继续积累审核结果后再试。', 'Gather more reviews first.'],
  ),
  not_sealed_yet: row('这条记录还没有封存', 'This entry is not sealed yet', AGAIN),
  audit_broken: row('审计记录不完整', 'The audit record is broken', [
    '请立即联系管理员。',
    'Tell an administrator at once.',
  ]),
  audit_key_missing: row('缺少审计密钥', 'The audit key is missing', ADMIN),
  audit_key_unavailable: row('审计密钥暂时不可用', 'The audit key is not there now', ADMIN),
  audit_key_changed: row('审计密钥变了', 'The audit key has changed', ADMIN),
  audit_end_missing: row('审计记录缺少末尾', 'The end of the audit record is missing', ADMIN),
  bad_audit_key: row('审计密钥不对', 'The audit key is wrong', ADMIN),
  not_recordable: row('这项内容无法记入审计', 'This cannot be recorded', ADMIN),
}

/** Models and questions to them. */
export const MODELS: Record<string, Row> = {
  model_not_found: row('没有这个模型', 'There is no such model', [
    '请换一个模型。',
    'Choose another model.',
  ]),
  model_not_loaded: row('模型没有载入', 'The model is not loaded', ADMIN),
  model_not_loadable: row('模型无法载入', 'The model cannot be loaded', ADMIN),
  engine_failed: row('模型没有答出来', 'The model failed', AGAIN),
  engine_broke: row('模型中途出错', 'The model broke off', AGAIN),
  engine_busy: row('模型正忙', 'The model is busy', AGAIN),
  engine_timeout: row('模型超时', 'The model took too long', AGAIN),
  engine_unavailable: row('模型暂时不可用', 'The model is not there now', AGAIN),
  engine_missing: row('缺少所需的模型组件', 'A part that the model needs is missing', ADMIN),
  unknown_engine: row('没有这种模型', 'There is no such kind of model', ADMIN),
  package_missing: row('服务器缺少组件', 'The server lacks a package', ADMIN),
  breaker_open: row('模型连续出错，暂停使用', 'The model failed repeatedly and rests', AGAIN),
  deadline_exceeded: row('超过了时限', 'The time limit has passed', AGAIN),
  answer_cut_short: row('回答没有说完', 'The answer was cut short', AGAIN),
  answer_too_large: row('回答太长', 'The answer is too long', [
    '请缩小问题范围。',
    'Ask for less.',
  ]),
  too_many_images: row('图片太多', 'There are too many pictures', ['请减少图片。', 'Send fewer.']),
  no_such_image: row('没有这张图片', 'There is no such picture', CORRECT),
  invalid_image_url: row('图片地址不对', 'The address of the picture is wrong', CORRECT),
  context_length_exceeded: row('内容太长，模型读不下', 'This is too long for the model', [
    '请缩短问题或减少图片。',
    'Shorten it, or send fewer pictures.',
  ]),
  content_filter: row('内容被安全策略拦下', 'The content was stopped by a safety rule'),
  rate_limit_exceeded: row('用得太频繁了', 'You have asked too often', AGAIN),
  insufficient_quota: row('额度已用完', 'The budget is used up', ADMIN),
  budget_unavailable: row('额度暂时无法查询', 'The budget cannot be checked now', AGAIN),
  call_log_unavailable: row('调用记录暂时不可用', 'The call log is not there now', AGAIN),
  unknown_call: row('没有这条调用记录', 'There is no such call'),
  content_key_missing: row('缺少内容密钥', 'The content key is missing', ADMIN),
  content_key_unavailable: row('内容密钥暂时不可用', 'The content key is not there now', ADMIN),
  bad_content_key: row('内容密钥不对', 'The content key is wrong', ADMIN),
  wrong_content_key: row('内容密钥不匹配', 'The content key does not fit', ADMIN),
  invalid_schema: row('要求的格式不正确', 'The wanted form is not right', CORRECT),
  schema_mismatch: row('回答不符合要求的格式', 'The answer does not have the wanted form', AGAIN),
  schema_not_satisfiable: row('要求的格式无法满足', 'The wanted form cannot be met', CORRECT),
  unknown_prompt: row('没有这个提示词', 'There is no such prompt', ADMIN),
  bad_prompt: row('提示词文件有错', 'The prompt file is wrong', ADMIN),
  prompt_changed: row('提示词已被改动', 'The prompt has changed', ADMIN),
}
