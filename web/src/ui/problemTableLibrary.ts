/** Problems with documents, folders and searches, by their code. */
import { AGAIN, CORRECT, RELOAD, row, type Row } from './problemRow'

const OTHER_FILE: readonly [string, string] = [
  '请转成 JPG、PNG、PDF、OFD 或电子发票 XML。',
  'Convert it to JPG, PNG, PDF, OFD or e-invoice XML.',
]

export const LIBRARY: Record<string, Row> = {
  unsupported_type: row('不支持这种文件', 'Files of this kind are not read', OTHER_FILE),
  too_short: row('文字太短', 'The text is too short', [
    '纯文本至少要有 200 个字。请补全，或打印成 PDF 再传。',
    'A plain text needs 200 characters: add the rest, or print it to a PDF.',
  ]),
  unsafe_xml: row('这个 XML 不安全', 'This XML is not safe', OTHER_FILE),
  name_taken: row('这里已有同名的', 'There is one of this name here', [
    '请换个名称或位置。',
    'Choose another name or place.',
  ]),
  retained: row('凭证须保存到期，现在不能删除', 'A voucher must be kept and cannot be deleted yet'),
  not_read_yet: row('还没有读完', 'It was not read yet', [
    '请等读完后再试。',
    'Wait until it was read.',
  ]),
  folder_not_empty: row('文件夹不是空的', 'The folder is not empty', [
    '请先移走或删除其中的文档，回收站里的也算。',
    'Move or delete first what is in it, in the trash, too.',
  ]),
  folder_too_deep: row('文件夹层级太深', 'Folders lie too deep', CORRECT),
  folder_circle: row('文件夹不能放到自己里面', 'A folder cannot be within itself', CORRECT),
  not_a_top_folder: row(
    '只有最上层的文件夹能选谁能看到',
    'Only a folder at the top has an audience of its own',
  ),
  bad_document: row('文档内容不正确', 'The document is not right', CORRECT),
  bad_title: row('标题不正确', 'This cannot be a title', CORRECT),
  bad_tags: row('标签不正确或太多', 'The tags are wrong or too many', CORRECT),
  document_gone: row('文档已不在', 'The document is gone', RELOAD),
  not_exported: row('这份文档不能导出成这种文件', 'This document cannot become such a file', [
    '请下载原件。',
    'Download the original.',
  ]),
  bad_search: row('这个搜索不能保存', 'This search cannot be saved', CORRECT),
  bad_question: row('问题不正确', 'The question is not right', CORRECT),
  empty_question: row('还没有写问题', 'There is no question', CORRECT),
  question_too_long: row('问题太长', 'The question is too long', [
    '请一次只问一件事。',
    'Ask one thing at a time.',
  ]),
  too_many_questions: row('同时提问太多', 'Too many questions at once', AGAIN),
  index_broken: row('搜索暂时不完整', 'Search is not complete now', AGAIN),
  index_unavailable: row('搜索暂时不可用', 'Search is not there now', AGAIN),
}
