package index

import "unicode"

// wordClass is what a character is for the boundaries of words: the property Word_Break of Unicode, as it follows from other properties.
type wordClass uint8

const (
	otherClass wordClass = iota
	letter
	hebrewLetter
	digit
	katakana
	connector
	midLetter
	midNum
	midNumLet
	singleQuote
	doubleQuote
	extend
	format
)

// punctuation has a class of its own.
var punctuation = map[rune]wordClass{
	':': midLetter, 0x00B7: midLetter, 0x02D7: midLetter, 0x0387: midLetter, 0x05F4: midLetter, 0x2027: midLetter, 0xFE13: midLetter, 0xFE55: midLetter, 0xFF1A: midLetter,
	',': midNum, ';': midNum, 0x037E: midNum, 0x0589: midNum, 0x060C: midNum, 0x060D: midNum, 0x066C: midNum, 0x07F8: midNum, 0x2044: midNum, 0xFE10: midNum, 0xFE14: midNum,
	0xFE50: midNum, 0xFE54: midNum, 0xFF0C: midNum, 0xFF1B: midNum,
	'.': midNumLet, 0x2018: midNumLet, 0x2019: midNumLet, 0x2024: midNumLet, 0xFE52: midNumLet, 0xFF07: midNumLet, 0xFF0E: midNumLet,
	'\'': singleQuote, '"': doubleQuote, 0x066B: digit, 0x05F3: letter,
}

// katakanaMarks are used with Katakana.
var katakanaMarks = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x3031, Hi: 0x3035, Stride: 1}, {Lo: 0x309B, Hi: 0x309C, Stride: 1}, {Lo: 0x30A0, Hi: 0x30A0, Stride: 1},
	{Lo: 0x30FC, Hi: 0x30FC, Stride: 1}, {Lo: 0xFF70, Hi: 0xFF70, Stride: 1}}}

// alphabetic is Unicode's property of that name.
var alphabetic = []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Other_Alphabetic}

// complexScripts have no marks between words.
var complexScripts = []*unicode.RangeTable{unicode.Thai, unicode.Lao, unicode.Myanmar, unicode.Khmer, unicode.Tai_Le, unicode.New_Tai_Lue, unicode.Tai_Tham, unicode.Tai_Viet, unicode.Ahom}

func classOf(r rune) wordClass {
	switch {
	case r < 0x80:
		return classOfASCII(r)
	case punctuation[r] != otherClass:
		return punctuation[r]
	case r == 0x200B:
		return otherClass
	case r == 0x200C || r == 0x200D || unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc, unicode.Other_Grapheme_Extend):
		return extend
	case unicode.Is(unicode.Cf, r):
		return format
	case unicode.In(r, unicode.Katakana, katakanaMarks):
		return katakana
	case unicode.Is(unicode.Nd, r):
		return digit
	case unicode.Is(unicode.Pc, r):
		return connector
	case !unicode.In(r, alphabetic...) || unicode.Is(unicode.Ideographic, r) || unicode.Is(unicode.Hiragana, r) || isComplexContext(r):
		return otherClass
	case unicode.Is(unicode.Hebrew, r) && unicode.Is(unicode.Lo, r):
		return hebrewLetter
	}
	return letter
}

func classOfASCII(r rune) wordClass {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		return letter
	case '0' <= r && r <= '9':
		return digit
	case r == '_':
		return connector
	}
	return punctuation[r]
}

// isComplexContext says whether a character is of a script that has no marks between words.
func isComplexContext(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, complexScripts...) && unicode.In(r, unicode.L, unicode.Mn, unicode.Mc)
}
