"""What the product says when something goes wrong: English as it is raised → Chinese as the page shows it.

``{}`` in the English is a value. The Chinese takes it by its number: ``{0}`` as it is, ``{0:zh}`` where it is
a phrase of this table too. The file's name that stands before a message (``{}: ``) has no number. A space
beside a value is for Latin letters and digits: it goes where the value is Chinese there.
``tests/test_faults.py`` holds the table against the sources, both ways.
"""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {
    "{}: a folder; name one file in it": "这是文件夹，请指明其中的一个文件",
    "{}: no reader for files ending in {}; known: {}": "这种文件（{0:zh}）读不了，可以读的有：{1}",
    "nothing": "没有扩展名",
    "{}: no such file, or not a regular file": "没有这个文件，或者它不是普通文件",
    "{}: cannot be opened ({}); check its permissions": "打不开（{0}），请检查文件权限",
    "{}: the file is empty (0 bytes)": "文件是空的（0 字节）",
    "{}: the file holds only white space": "文件里只有空白",
    "{}: the document holds no text; nothing to read": "文件里没有可读的文字",
    # sizes, and archives
    "{}: {} MiB is over the limit of {} MiB; {}": "文件有 {0} MiB，超过 {1} MiB 的上限；{2:zh}",
    "split it into smaller files": "请拆成几个小一些的文件",
    "split it, or name it .txt if it is plain text": "请拆分文件；如果是纯文本，请把扩展名改为 .txt",
    "{}: the file is damaged or cut short ({}); copy or export it again": "文件已损坏或不完整（{0}），请重新复制或导出",
    "{}: unpacks to {} entries of {} MiB, over the limit of {} entries and {} MiB; this looks like a zip bomb": (
        "解压后有 {0} 项、{1} MiB，超过 {2} 项和 {3} MiB 的上限，像是压缩炸弹，没有读取"
    ),
    "{}: its part {} unpacks from {} to {} MiB, over the limit of {} MiB and {} to one; "
    "this looks like a zip bomb, or split the document": (
        "其中的 {0} 由 {1} MiB 解压到 {2} MiB，超过 {3} MiB 或 {4} 倍的上限，像是压缩炸弹；如果不是，请拆分文件"
    ),
    "{}: has no part {}; open it and save it again": "缺少 {0}，请打开后重新保存",
    "{}: its part {} is damaged ({}); copy or export the file again": "其中的 {0} 已损坏（{1}），请重新复制或导出",
    "{}: its part {} declares a document type, which an XML bomb needs; refused": (
        "其中的 {0} 带有文档类型声明，那是 XML 炸弹的手法，没有读取"
    ),
    "{}: its part {} declares a document type; refused": "其中的 {0} 带有文档类型声明，没有读取",
    "{}: its part {} is not sound XML ({}); save the file again": "其中的 {0} 不是完好的 XML（{1}），请重新保存文件",
    # text and web pages
    "{}: this is not a text file but {}": "这不是文本文件，{0:zh}",
    "a PDF; rename it to .pdf": "是 PDF，请把扩展名改为 .pdf",
    "a zip archive such as .docx, .xlsx or .ofd; give it its own ending": (
        "是 .docx、.xlsx、.ofd 一类的压缩包，请改回原来的扩展名"
    ),
    "an old Word, Excel or WPS file; give it its own ending": "是旧式的 Word、Excel 或 WPS 文件，请改回原来的扩展名",
    "Rich Text; rename it to .rtf": "是 RTF 文件，请把扩展名改为 .rtf",
    "a picture; it needs text recognition (OCR) first": "是图片，请先做文字识别（OCR）",
    "a program": "是程序",
    "a gzip archive; unpack it first": "是 gzip 压缩包，请先解压",
    "a 7z archive; unpack it first": "是 7z 压缩包，请先解压",
    "a rar archive; unpack it first": "是 rar 压缩包，请先解压",
    "{}: this is a binary file, not text; convert it to text or give it its own ending": (
        "这是二进制文件，不是文本；请转成文本，或改回原来的扩展名"
    ),
    "{}: not text in UTF-8, UTF-16, GB18030, Big5 or Windows-1252; save it again as UTF-8": (
        "不是 UTF-8、UTF-16、GB18030、Big5 或 Windows-1252 编码的文本，请另存为 UTF-8"
    ),
    "{}: begins as {} but is not; save it again as UTF-8": "开头标明是 {0} 编码，内容却不是，请另存为 UTF-8",
    "{}: more than {} lines; split the file": "超过 {0} 行，请拆分文件",
    "{}: more than {} tags; split the page, or save its text as .txt": "标签超过 {0} 个，请拆分网页，或把文字存为 .txt",
    "{}: the page holds no text; nothing to read": "网页里没有可读的文字",
    "{}: nests over 256 elements deep or holds 10 MB in one piece; save its text as .txt": (
        "标签嵌套超过 256 层，或有一段超过 10 MB，请把文字存为 .txt"
    ),
    # word processors and workbooks
    "{}: protected by a password; open it in {} and save it without one": (
        "有密码保护，请用 {0:zh} 打开，去掉密码后再存"
    ),
    "{}: an old binary office file, not .{}; give it its own ending (.doc, .xls, .wps) or save it as .{}": (
        "这是旧式的办公文件，不是 .{0}；请改回原来的扩展名（.doc、.xls、.wps），或另存为 .{1}"
    ),
    "{}: not a .{} file; open it in {} and save it as .{}": "不是 .{0} 文件，请用 {1:zh} 打开，另存为 .{2}",
    "an OFD reader": "OFD 阅读器",
    "{}: {} has no body; open it in Word and save it as .docx again": "{0} 里没有正文，请用 Word 打开，再存为 .docx",
    "{}: not a Word or WPS file; open it in its program and save it as .docx": (
        "不是 Word 或 WPS 文件，请用原来的程序打开，另存为 .docx"
    ),
    "{}: {}, which is not read; save it as .docx or .pdf in the program it comes from": (
        "{0:zh}，读不了；请用原来的程序另存为 .docx 或 .pdf"
    ),
    "a Microsoft Works file": "这是 Microsoft Works 文件",
    "an office file, but no text document": "这是办公文件，但不是文字文档",
    "{}: not Rich Text (it does not begin with {\\rtf); give it its own ending": (
        "不是 RTF 文件（开头不是 {\\rtf），请改回原来的扩展名"
    ),
    "{}: .doc, .wps and .rtf are read through LibreOffice, which is not installed; install it "
    "(Debian: apt-get install libreoffice-writer), or save the file as .docx": (
        "读取 .doc、.wps、.rtf 要用 LibreOffice，这台机器没有安装；"
        "请安装（Debian：apt-get install libreoffice-writer），或把文件另存为 .docx"
    ),
    "{}: LibreOffice could not open it (damaged, or protected by a password)": (
        "LibreOffice 打不开它（已损坏，或有密码保护）"
    ),
    "{}: LibreOffice did not finish within {} s; save the file as .docx": (
        "LibreOffice 在 {0} 秒内没有读完，请把文件另存为 .docx"
    ),
    "{}: line {} is not separated values ({}); save it again": "第 {0} 行不是分隔开的数据（{1}），请重新保存",
    "{}: the workbook is damaged ({}); open it in Excel and save it again": (
        "工作簿已损坏（{0}），请用 Excel 打开后重新保存"
    ),
    "{}: more than {} rows or {} cells; split the table": "超过 {0} 行或 {1} 格，请拆分表格",
    # pages
    "{}: not a PDF (it does not begin with %PDF); give it its own ending": (
        "不是 PDF（开头不是 %PDF），请改回原来的扩展名"
    ),
    "{}: protected by a password; open it and save it without one": "有密码保护，请打开后去掉密码再存",
    "{}: protected in a way that cannot be read; print it to a new PDF": "加了保护，读不了；请打印成新的 PDF",
    "{}: the PDF is damaged or cut short ({}); copy or export it again": "PDF 已损坏或不完整（{0}），请重新复制或导出",
    "{}: the PDF has no pages; it is damaged or cut short, export it again": (
        "PDF 里没有页面，已损坏或不完整，请重新导出"
    ),
    "{}: {} pages are over the limit of {}; split the file": "共 {0} 页，超过 {1} 页的上限，请拆分文件",
    "{}: {} scanned pages are over the limit of {}; split the file": "扫描页共 {0} 页，超过 {1} 页的上限，请拆分文件",
    "{}: more than {} characters of text; split the file": "文字超过 {0} 字，请拆分文件",
    "{}: no words can be made out on its {} scanned page(s); scan it again": "扫描的 {0} 页都认不出文字，请重新扫描",
    "{}: there is no page {}, or it is damaged": "没有第 {0} 页，或这一页已损坏",
    "{}: cannot be opened as a PDF ({})": "不能作为 PDF 打开（{0}）",
    "{}: {}; open it in an OFD reader and save it as .ofd or .pdf": (
        "{0:zh}，请用 OFD 阅读器打开，另存为 .ofd 或 .pdf"
    ),
    "is encrypted": "文件已加密",
    "is no OFD file (it has no OFD.xml)": "不是 OFD 文件（没有 OFD.xml）",
    "{}: over {} pages or {} characters; split the file": "超过 {0} 页或 {1} 字，请拆分文件",
    "{}: over {} pages of pictures; split the file": "图片超过 {0} 页，请拆分文件",
    "{}: no words can be made out on its {} page(s); scan it again": "{0} 页都认不出文字，请重新扫描",
    "{}: no words can be made out on the picture; scan it larger or with more contrast": (
        "图片里认不出文字，请扫描得大一些、清楚一些"
    ),
    "{}: more than {} million pixels; scan it smaller": "超过 {0} 百万像素，请扫描得小一些",
    "{}: {} pictures are over the limit of {}; split the file": "共 {0} 张图片，超过 {1} 张的上限，请拆分文件",
    "{}: the picture is damaged or of an unknown kind ({}); save it again": "图片已损坏或格式不明（{0}），请重新保存",
    "{}: {}; it needs text recognition (OCR), the extra `ocr`: {}": (
        "{0:zh}，要靠文字识别（OCR），请安装附加组件 `ocr`：{1}"
    ),
    "it is a picture": "这是图片",
    "has no text layer, its {} page(s) are pictures (a scan)": "没有文字层，{0} 页都是图片（扫描件）",
    "has no text, its {} page(s) are pictures": "没有文字，{0} 页都是图片",
    "its text layer is garbled (the characters stored are not those shown)": "文字层是乱码（存的字与显示的字不同）",
    # how a file is found and added
    "there is no such file or folder": "没有这个文件或文件夹",
    "it is not a regular file": "它不是普通文件",
    "it would have the same name in the index ({}) as {}; add the folder that holds both": (
        "它在索引里的名称（{0}）与 {1} 相同，请加入包含两者的文件夹"
    ),
    "its name is not valid UTF-8; rename it": "文件名不是有效的 UTF-8，请改名",
    "its text is not valid Unicode": "文字不是有效的 Unicode",
    "it cannot be read ({})": "读不了（{0}）",
    "{} (the version in the index is kept)": "{0:zh}（索引里仍是原来的版本）",
    "{} has waited too long and is gone: upload it again": "{0} 等得太久，已经清掉，请重新上传",
    "this was removed too long ago to be brought back; add the file again": "移除得太久，不能恢复了，请重新加入文件",
    "one document can be replaced by one file only: choose a single file": "一份文件只能换成一份新文件，请只选一个",
}
_WARNINGS = {
    "{} characters are damaged (read as {}) and stand as \ufffd": "有 {0} 个字符已损坏（按 {1} 读取），显示为 \ufffd",
    "{} control characters dropped": "去掉了 {0} 个控制字符",
    "garbled from line {} to line {}: UTF-8 that another program took for GBK (锛 for ，, 銆 for 。); "
    "it is left out, so get the original file": (
        "第 {0} 行到第 {1} 行是乱码：UTF-8 文字曾被当作 GBK（“，”成了“锛”，“。”成了“銆”）；没有收入，请找原文件"
    ),
    "an embedded document (altChunk) was left out": "嵌入的文档（altChunk）没有读入",
    "hidden sheets were left out: {}": "隐藏的工作表没有读入：{0}",
    "struck-out text was left out: {}": "划掉的文字没有读入：{0}",
    "page {} of {}: read by text recognition (OCR); compare figures with the original": (
        "第 {0} 页（共 {1} 页）由文字识别（OCR）读出，数字请对照原件"
    ),
    "no text on page {} of {}": "第 {0} 页（共 {1} 页）没有文字",
    "{}; if scanned, install the extra `ocr`: {}": "{0:zh}；如果是扫描件，请安装附加组件 `ocr`：{1}",
    "page {} of {} is damaged and was left out": "第 {0} 页（共 {1} 页）已损坏，没有读入",
    "the title says {}, the text says {}": "标题里是 {0} 年，正文里是 {1} 年",
    "number {} follows {}: {}": "{1} 之后是 {0}：{2:zh}",
    "number {} follows {}": "{1} 之后是 {0}",
    "{} is missing": "缺 {0}",
    "{} to {} are missing": "缺 {0} 至 {1}",
    "number {} stands twice in a row": "{0} 连续出现两次",
    "numbering starts again at {} after {}": "编号在 {1} 之后又从 {0} 开始",
    "numbering starts at {}": "编号从 {0} 开始",
    "{} takes the place of {}: {}": "{0} 已替换 {1}（{2:zh}）",
    "as asked": "按您的选择",
    "same document number": "文号相同",
    "{} and {} have the same document number {}; both are kept": "{0} 与 {1} 的文号都是 {2}，两份都保留",
    "the model cited clause {} of {}: not there, ignored": "模型引用了第 {0} 个条款，但只有 {1} 个条款，已忽略",
    "left out, no clause carries it: {}": "没有条款依据，已略去：{0}",
    "left out, it only repeats the question: {}": "只重复了问题，已略去：{0}",
    "answered without the language model: {}": "没有用语言模型：{0:zh}",
    "not translated into the documents' language: {}": "问题没有译成文件的语言：{0:zh}",
}
_QUESTIONS = {
    "the question is empty: ask something, for example 差旅住宿费的标准是多少？": (
        "请先写下问题，例如：差旅住宿费的标准是多少？"
    ),
    "the question is not valid Unicode; type it again, in UTF-8": "问题里有残缺的字符，请用 UTF-8 编码重新输入",
    "the question has {} characters; at most {} can be answered: shorten it": (
        "问题有 {0} 个字，最多 {1} 个字，请写得短一些"
    ),
    "a conversation of {} characters cannot be restored; at most {} can": (
        "这个对话有 {0} 个字，最多 {1} 个字，不能恢复"
    ),
    "this conversation cannot be restored: it was kept by another version, or damaged": (
        "这个对话由别的版本保存，或已损坏，不能恢复"
    ),
    "this conversation cannot be restored: it has form {}, this version reads 1": (
        "这个对话不能恢复：它是第 {0} 版格式，本程序只读第 1 版"
    ),
}
_INDEX = {
    "no index in {}. Make one: python -m ingest add DOCUMENTS --index {}": (
        "{0} 里没有索引。请新建：python -m ingest add DOCUMENTS --index {1}"
    ),
    "{} cannot be made ({}); name another folder with --index": "建不了文件夹 {0}（{1}），请用 --index 另指一个",
    "{} is not up to date after {} s; another process may be rebuilding it: try again in a minute": (
        "等了 {1} 秒，{0} 还没有更新好，可能有别的程序正在重建；请过一分钟再试"
    ),
    "{} is being written by {}. Wait until it is done, then run the command again": (
        "{0} 正由 {1:zh} 写入，请等它完成后再试"
    ),
    "process {}, since {}": "进程 {0}（自 {1} 起）",
    "another process": "别的程序",
    "{} cannot be written to ({}); check who owns it": "{0} 不能写入（{1}），请检查它归谁所有",
    "{} cannot be opened for writing ({}); check who owns it": "{0} 打不开，不能写入（{1}），请检查它归谁所有",
    "{} cannot be read or written ({}); check its disk, and who owns it": (
        "{0} 读不了或写不了（{1}），请检查磁盘，以及它归谁所有"
    ),
    "{} is busy ({}); try again": "{0} 正忙（{1}），请再试一次",
    "no room left on the disk of {}; free some and run the command again": "{0} 所在的磁盘满了，请腾出空间后再试",
    "{} cannot be read ({}). Restore it from a backup, or delete {} and ingest again: "
    "python -m ingest add DOCUMENTS --index {}": (
        "{0} 读不了（{1:zh}）。请从备份恢复，或删除 {2} 后重新加入：python -m ingest add DOCUMENTS --index {3}"
    ),
    "no generation is recorded": "没有版本记录",
    "the text of {} is gone": "{0} 的文字不见了",
    "vectors have not {} dimensions": "向量不是 {0} 维",
    "{} has tables of version {}, this program reads version {}. Ingest again into a new folder: "
    "python -m ingest add DOCUMENTS --index NEW_FOLDER": (
        "{0} 的表是第 {1} 版，本程序读第 {2} 版。请重新加入到新的文件夹："
        "python -m ingest add DOCUMENTS --index NEW_FOLDER"
    ),
    "{} was built with model {} ({} dims), settings name model {} ({} dims). {}": (
        "{0} 是用向量模型 {1}（{2} 维）建的，设置里是 {3}（{4} 维）。{5:zh}"
    ),
    "{} was built with chunk_tokens = {}, settings say {}. {}": (
        "{0} 是按 chunk_tokens = {1} 建的，设置里是 {2}。{3:zh}"
    ),
    "Rebuild: python -m ingest add --rebuild --index {}": "请重建：python -m ingest add --rebuild --index {0}",
    "{} was built with model {} ({} dims), the question was embedded with another ({} dims). "
    "Rebuild: python -m ingest add --rebuild --index {}": (
        "{0} 是用向量模型 {1}（{2} 维）建的，问题用的是另一个（{3} 维）。"
        "请重建：python -m ingest add --rebuild --index {4}"
    ),
    "no document {} in {}; see: python -m ingest list --index {}": (
        "{1} 里没有文件 {0}，查看全部：python -m ingest list --index {2}"
    ),
    "no section {} in 《{}》 ({})": "《{1}》（{2}）里没有条款 {0}",
    "{} has come in again meanwhile, with other content; nothing was brought back": (
        "{0} 后来又加入过，内容不同，没有恢复"
    ),
}
_MODELS = {
    "embedding model {}: tokenizer.json cannot be read ({})": "向量模型 {0}：tokenizer.json 读不了（{1}）",
    "embedding model {}: {} cannot be read ({})": "向量模型 {0}：{1} 读不了（{2}）",
    "embedding model {} is not a Sentence-Transformers folder (no modules.json, no config.json); "
    "set `embedding` to one": (
        "向量模型 {0} 不是 Sentence-Transformers 文件夹（没有 modules.json 和 config.json），"
        "请把 `embedding` 设为这样的文件夹"
    ),
    "embedding model {} does not exist; unpack it with: {}": "没有向量模型 {0}，请运行：{1}",
    "no embedding model {}: no such folder, none in {} and none in the local Hugging Face cache; "
    "set `embedding` to a Sentence-Transformers folder or to {}": (
        "没有向量模型 {0}：没有这个文件夹，{1} 和本机的 Hugging Face 缓存里也没有；"
        "请把 `embedding` 设为 Sentence-Transformers 文件夹，或 {2}"
    ),
    "embedding model {} gives {} dimensions, its config.json says {}; get the folder anew": (
        "向量模型 {0} 给出 {1} 维，它的 config.json 写的是 {2} 维，请重新取得这个文件夹"
    ),
    "embedding model {} cannot be loaded ({}); remove the folder and run: {}": (
        "向量模型 {0} 载入不了（{1}），请删除这个文件夹后运行：{2}"
    ),
    "query adapter {} cannot be read ({}); {}": "问法适配文件 {0} 读不了（{1}）；{2:zh}",
    "query adapter {} was learned with model {}, settings name {}; {}": (
        "问法适配文件 {0} 是用向量模型 {1} 学的，设置里是 {2}；{3:zh}"
    ),
    "learn it anew: python -m eval adapt SET --index DIR --out FILE, or leave the setting query_adapter out": (
        "请重新学习：python -m eval adapt SET --index DIR --out FILE，或去掉设置 query_adapter"
    ),
    "reranker {} does not exist; set `reranker` to a CrossEncoder folder, or leave it empty": (
        "没有重排模型 {0}，请把 `reranker` 设为 CrossEncoder 文件夹，或留空"
    ),
    "reranker {} cannot be loaded from this machine ({}); "
    "set `reranker` to a folder that holds a Sentence-Transformers CrossEncoder, or leave it empty": (
        "重排模型 {0} 不能从这台机器载入（{1}），"
        "请把 `reranker` 设为 Sentence-Transformers CrossEncoder 的文件夹，或留空"
    ),
    "reranker {} has {} outputs; one is needed": "重排模型 {0} 有 {1} 个输出，应当只有一个",
    # the language model on this machine
    "language model {} does not exist; fetch it with: {}": "没有语言模型 {0}，请运行：{1}",
    "language model {} {}; mend it with: {}": "语言模型 {0} {1:zh}，请运行：{2}",
    "has {} bytes, expected {}": "有 {0} 字节，应为 {1} 字节",
    "has sha256 {}…, expected {}…": "的 sha256 是 {0}…，应为 {1}…",
    "language model {} {}; set `llm_path` to a .gguf file, or leave it empty": (
        "语言模型 {0} {1:zh}，请把 `llm_path` 设为 .gguf 文件，或留空"
    ),
    "is a folder, not a GGUF file": "是文件夹，不是 GGUF 文件",
    "does not exist": "不存在",
    "language model {} cannot be read: {}": "语言模型 {0} 读不了：{1}",
    "language model {} is not a GGUF file; set `llm_path` to one, or leave it empty": (
        "语言模型 {0} 不是 GGUF 文件，请把 `llm_path` 设为 GGUF 文件，或留空"
    ),
    "language model {} cannot be loaded: cut short, not a chat model, or too large for the memory; "
    "set `llm_path` to another .gguf file, or leave it empty": (
        "语言模型 {0} 载入不了：文件不完整，不是对话模型，或内存不够；请把 `llm_path` 设为别的 .gguf 文件，或留空"
    ),
    "language model {} was closed": "语言模型 {0} 已经关闭",
    "language model {} gave no sign of life for {} s; raise `llm_timeout_s`, or use a smaller model": (
        "语言模型 {0} 有 {1} 秒没有动静，请调大 `llm_timeout_s`，或换小一些的模型"
    ),
    "language model {} refused the request: {}": "语言模型 {0} 没有接受请求：{1:zh}",
    "the prompt has {} tokens, the context window {}; raise `llm_context_tokens` or lower `evidence_chars`": (
        "提示有 {0} 个词元，上下文只有 {1} 个；请调大 `llm_context_tokens`，或调小 `evidence_chars`"
    ),
    "the question was withdrawn before its turn came": "还没有轮到，问题已经撤回",
    # an endpoint
    "openai_base_url = {} is no web address; it looks like http://127.0.0.1:8000/v1": (
        "openai_base_url = {0} 不是网址，应当像 http://127.0.0.1:8000/v1"
    ),
    "llm = openai needs openai_model, the name the endpoint calls its model by": (
        "llm = openai 还要设 openai_model，即接口里的模型名"
    ),
    "llm = openai needs a package that is not installed ({}); run: pip install -e '.[openai]'": (
        "llm = openai 要用的软件包没有安装（{0}），请运行：pip install -e '.[openai]'"
    ),
    "{} did not answer within {} s; try again or raise `llm_timeout_s`": (
        "{0} 在 {1} 秒内没有回答，请再试，或调大 `llm_timeout_s`"
    ),
    "{} does not answer ({}); start the endpoint or mend `openai_base_url`": (
        "{0} 没有回答（{1}），请启动接口，或改正 `openai_base_url`"
    ),
    "{} answered, but not as a chat endpoint does ({}); mend `openai_base_url`": (
        "{0} 有回答，但不是对话接口的回答（{1:zh}），请改正 `openai_base_url`"
    ),
    "an empty stream": "没有内容",
    "{} broke off: {}": "{0} 中断了：{1}",
    "{} broke off: {}; ask again": "{0} 中断了：{1}；请再问一次",
    "{} {} (HTTP {})": "{0} {1:zh}（HTTP {2}）",
    "wants a key; put it into the environment variable {}": "要求密钥，请写入环境变量 {0}",
    "refuses the key in the environment variable {}; put a valid one there": (
        "不接受环境变量 {0} 里的密钥，请换成有效的"
    ),
    "has no model {} or no such path; mend `openai_model` or `openai_base_url`": (
        "没有模型 {0}，或没有这个路径，请改正 `openai_model` 或 `openai_base_url`"
    ),
    "is asked too often or the quota is used up; wait, then ask again": "请求太频繁，或额度已用完，请稍后再问",
    "failed; ask again, or look at the endpoint's own log": "出错了，请再问一次，或查看接口自己的日志",
}
_EVALUATION = {
    "no scored run {} in {}": "{1} 里没有评过分的评测 {0}",
    "run {} has no case {}": "评测 {0} 里没有题目 {1}",
    "the runs are of different cases ({}); run both on the same set": "两次评测的题目不同（{0:zh}），请用同一套题",
    "the same ids, but other questions or gold": "编号相同，问题或标准不同",
    "{} cases only in the first, {} only in the second": "{0} 题只在前一次，{1} 题只在后一次",
    "a run file lacks cases that its set has; run the set again": "评测结果缺少题目，请重新运行",
    "the {} run is not scored, or has lost scores; score it: python -m eval score RUN": (
        "{0:zh} 评测还没有评分，或缺了分数，请评分：python -m eval score RUN"
    ),
    "first": "前一次",
    "second": "后一次",
    "the second run has no cases; run the set again": "后一次评测没有题目，请重新运行",
    "the second run lacks the metrics {}; score it: python -m eval score RUN": (
        "后一次评测缺少指标 {0}，请评分：python -m eval score RUN"
    ),
    "{} line {}: {}": "{0} 第 {1} 行：{2}",
    "{} line {}: {}: {}": "{0} 第 {1} 行：{2}：{3}",
    "{}: no open candidate {}; look at the list again": "没有等待决定的候选题 {0}，请再看一次列表",
    "candidate {}: {}": "候选题 {0}：{1:zh}",
    "give the facts that a right answer holds, or say that it cannot be answered": (
        "请写出正确答案的要点，或注明文件不能回答"
    ),
    "{}: not a compressed run; make one: python -m eval baseline RUN --out {}": (
        "不是压缩的评测记录，请生成一份：python -m eval baseline RUN --out {0}"
    ),
    "{}: cannot read this run: {}; make one: python -m eval run": "评测结果读不了（{0}），请运行：python -m eval run",
    "{}: not a run file: {}: {}": "不是评测结果文件（{0:zh}：{1}）",
    "the file": "文件",
    "{}: run of schema {}, this version reads {}; run the set again": (
        "评测结果是第 {0} 版格式，本程序读第 {1} 版，请重新运行评测"
    ),
    "{}: cannot read this set: {}": "评测集读不了：{0}",
    "{}: a set must be UTF-8; convert it, for example with iconv": "评测集必须是 UTF-8 编码，请转换，例如用 iconv",
    "{}: this set has no cases; put one JSON object on each line": "评测集里没有题目，请每行写一个 JSON 对象",
    "{}: there is a case {} already": "已经有题目 {0}",
    "{}: cannot read it: {}": "读不了：{0}",
    "{}: must be UTF-8": "必须是 UTF-8 编码",
}

CHINESE: Mapping[str, str] = {**_FILES, **_WARNINGS, **_QUESTIONS, **_INDEX, **_MODELS, **_EVALUATION}
"""English sentence or phrase → Chinese."""
