package recording

import "os"

// FileToWrite is what a recorder needs of its file.
type FileToWrite = recordingFile

// Through has the recorder write through something before its file.
func (r *Recorder) Through(before func(*os.File) FileToWrite) { r.w = wholeLines{before(r.file)} }
