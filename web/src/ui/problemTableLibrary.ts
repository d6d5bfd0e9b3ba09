/** Problems with documents, folders and searches, by their code. */
import { AGAIN, CORRECT, RELOAD, row, type Row } from './problemRow'

const OTHER_FILE: readonly [string, string] = [
  '请转成 JPG、PNG、PDF、OFD 或电子发票 XML。',
  'Convert it to JPG, PNG, PDF, OFD or e-invoice XML.',
]

export const LIBRARY: Record<string, Row> = {
  unsupported_type: row('不支持这种文件', 'Files of this kind are not read', OTHER_FILE),
  too_short: row('文字太短', 'The text is too short', [
    '纯文本至少要有 40 个字。请补全，或打印成 PDF 再传。',
    'A plain text needs 40 characters: add the rest, or print it to a PDF.',
  ]),
  empty_file: row('文件是空的', 'The file is empty', [
    '请换一个有内容的文件。',
    'Choose one that has something in it.',
  ]),
  bomb: row('这个文件展开后大得不正常', 'This file would unpack to far too much', [
    '请不要打开它，向发件人要普通的文件。',
    'Do not open it; ask the sender for the plain document.',
  ]),
  unsafe_archive: row('这个压缩包不安全', 'This archive is not safe', [
    '请逐个上传，或重新打成普通的 zip。',
    'Send the documents one by one, or pack them again into a plain zip.',
  ]),
  bad_paths: row('文件和路径对不上', 'Files and paths do not match', CORRECT),
  not_one_file: row('这里要一个文件，也只要一个', 'One file is needed, and no more', CORRECT),
  unsafe_path: row('这个路径不能用', 'This path cannot be used', [
    '请去掉路径中的“..”，或减少层数。',
    'Take “..” out of it, or some of its folders.',
  ]),
  out_of_memory: row('读取这个文件需要的内存太多', 'Reading this takes too much memory', [
    '请用更小的图片另存后再传。',
    'Save it again with smaller pictures.',
  ]),
  xfa_form: row('这种动态表单读不了', 'Forms of this kind are not read', [
    '请在 Adobe Reader 中打开，打印成普通 PDF 再传。',
    'Open it in Adobe Reader, print it to a plain PDF and send that.',
  ]),
  page_damaged: row('有一页损坏', 'A page is damaged', [
    '其余各页都已读取；请换一个完好的文件。',
    'The others were read; send a sound file for all of it.',
  ]),
  reading_failed: row('多次都没能读出', 'It could not be read, several times', [
    '请重新上传；若仍不行，请联系管理员。',
    'Upload it again; if that fails, too, tell an administrator.',
  ]),
  not_read: row('还没有读完', 'It was not read yet', [
    '请等读完后再试。',
    'Wait until it was read.',
  ]),
  export_failed: row('文件没能生成', 'The file could not be made', [
    '请再试一次，或下载原件。',
    'Try again, or download the original.',
  ]),
  too_many_documents: row('文档太多，无法只在其中查找', 'Too many documents to search within', [
    '请减少一些，或指定文件夹或种类。',
    'Take fewer, or name a folder or a kind.',
  ]),
  too_many_folders: row('文件夹已达上限', 'There are as many folders as may be', [
    '请使用已有的，或删除空的。',
    'Use one of them, or delete empty ones.',
  ]),
  too_many_versions: row('版本已达上限', 'It has as many versions as may be', [
    '请换个名称上传。',
    'Add it under another name.',
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
