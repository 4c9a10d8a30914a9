package aws

import (
	"path"
	"slices"
	"strings"
)

// contentType guesses a file's type from its name as `aws s3 sync` does where
// a deployment runs: by the table of Python 3.13's module mimetypes, which is
// the version of CDK's handler, and nothing else, since Lambda has no
// /etc/mime.types. A type that is not in it (fonts, source maps) is left to
// S3, which takes binary/octet-stream.
func contentType(name string) string {
	extension := path.Ext(name)
	if extension == "" || extension == path.Base(name) {
		return "binary/octet-stream"
	}
	switch extension {
	case ".gz", ".Z", ".bz2", ".xz", ".br":
		// The type of what is compressed. The CLI does not set Content-Encoding.
		return contentType(strings.TrimSuffix(name, extension))
	case ".svgz":
		return "image/svg+xml"
	case ".tgz", ".taz", ".tz", ".tbz2", ".txz":
		return "application/x-tar"
	}
	for _, t := range contentTypes {
		if slices.Contains(strings.Fields(t.extensions), strings.ToLower(extension)) {
			return t.name
		}
	}
	return "binary/octet-stream"
}

// contentTypes is the table, the types of a website first.
var contentTypes = []struct{ name, extensions string }{
	{"text/html", ".html .htm"},
	{"text/css", ".css"},
	{"text/javascript", ".js .mjs"},
	{"application/json", ".json"},
	{"image/svg+xml", ".svg"},
	{"image/png", ".png"},
	{"image/jpeg", ".jpg .jpeg .jpe"},
	{"image/webp", ".webp"},
	{"image/avif", ".avif"},
	{"image/gif", ".gif"},
	{"image/vnd.microsoft.icon", ".ico"},
	{"application/manifest+json", ".webmanifest"},
	{"application/wasm", ".wasm"},
	{"text/plain", ".txt .bat .c .h .ksh .pl .srt"},
	{"text/xml", ".xml"},
	{"application/pdf", ".pdf"},
	{"text/csv", ".csv"},
	{"text/markdown", ".md .markdown"},
	{"text/vtt", ".vtt"},
	{"application/zip", ".zip"},
	{"video/mp4", ".mp4"},
	{"video/webm", ".webm"},
	{"audio/mpeg", ".mp3 .mp2"},
	{"audio/aac", ".aac .adts .loas .ass"},
	{"audio/opus", ".opus"},
	{"audio/x-wav", ".wav"},
	{"application/vnd.apple.mpegurl", ".m3u .m3u8"},

	{"application/msword", ".doc .dot .wiz"},
	{"application/n-quads", ".nq"},
	{"application/n-triples", ".nt"},
	{"application/octet-stream", ".a .bin .dll .exe .o .obj .so"},
	{"application/oda", ".oda"},
	{"application/pkcs7-mime", ".p7c"},
	{"application/postscript", ".ai .eps .ps"},
	{"application/trig", ".trig"},
	{"application/vnd.ms-excel", ".xls .xlb"},
	{"application/vnd.ms-powerpoint", ".pot .ppa .pps .ppt .pwz"},
	{"application/x-bcpio", ".bcpio"},
	{"application/x-cpio", ".cpio"},
	{"application/x-csh", ".csh"},
	{"application/x-dvi", ".dvi"},
	{"application/x-gtar", ".gtar"},
	{"application/x-hdf", ".hdf"},
	{"application/x-hdf5", ".h5"},
	{"application/x-latex", ".latex"},
	{"application/x-mif", ".mif"},
	{"application/x-netcdf", ".cdf .nc"},
	{"application/x-pkcs12", ".p12 .pfx"},
	{"application/x-pn-realaudio", ".ram"},
	{"application/x-python-code", ".pyc .pyo"},
	{"application/x-sh", ".sh"},
	{"application/x-shar", ".shar"},
	{"application/x-shockwave-flash", ".swf"},
	{"application/x-sv4cpio", ".sv4cpio"},
	{"application/x-sv4crc", ".sv4crc"},
	{"application/x-tar", ".tar"},
	{"application/x-tcl", ".tcl"},
	{"application/x-tex", ".tex"},
	{"application/x-texinfo", ".texi .texinfo"},
	{"application/x-troff", ".roff .t .tr"},
	{"application/x-troff-man", ".man"},
	{"application/x-troff-me", ".me"},
	{"application/x-troff-ms", ".ms"},
	{"application/x-ustar", ".ustar"},
	{"application/x-wais-source", ".src"},
	{"application/xml", ".rdf .wsdl .xpdl .xsl"},
	{"audio/3gpp", ".3gp .3gpp"},
	{"audio/3gpp2", ".3g2 .3gpp2"},
	{"audio/basic", ".au .snd"},
	{"audio/x-aiff", ".aif .aifc .aiff"},
	{"audio/x-pn-realaudio", ".ra"},
	{"image/bmp", ".bmp"},
	{"image/heic", ".heic"},
	{"image/heif", ".heif"},
	{"image/ief", ".ief"},
	{"image/tiff", ".tif .tiff"},
	{"image/x-cmu-raster", ".ras"},
	{"image/x-portable-anymap", ".pnm"},
	{"image/x-portable-bitmap", ".pbm"},
	{"image/x-portable-graymap", ".pgm"},
	{"image/x-portable-pixmap", ".ppm"},
	{"image/x-rgb", ".rgb"},
	{"image/x-xbitmap", ".xbm"},
	{"image/x-xpixmap", ".xpm"},
	{"image/x-xwindowdump", ".xwd"},
	{"message/rfc822", ".eml .mht .mhtml .nws"},
	{"text/n3", ".n3"},
	{"text/richtext", ".rtx"},
	{"text/rtf", ".rtf"},
	{"text/tab-separated-values", ".tsv"},
	{"text/x-python", ".py"},
	{"text/x-rst", ".rst"},
	{"text/x-setext", ".etx"},
	{"text/x-sgml", ".sgm .sgml"},
	{"text/x-vcard", ".vcf"},
	{"video/mpeg", ".m1v .mpa .mpe .mpeg .mpg"},
	{"video/quicktime", ".mov .qt"},
	{"video/x-msvideo", ".avi"},
	{"video/x-sgi-movie", ".movie"},
}
