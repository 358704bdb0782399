"""Which characters are on which keys, from the key maps that QEMU makes of XKB's layouts.

A string has a character for each key of `KEYS`, a blank where there is none; a combining character
is a dead key. The four are: alone, with Shift, with AltGr, with both. American keyboards and their
like have no key 0x56: firmware takes it for a backslash, whatever Linux has there.
"""

from __future__ import annotations

KEYS = (
    0x29, *range(0x02, 0x0E), *range(0x10, 0x1C), *range(0x1E, 0x29), 0x2B, 0x56,
    *range(0x2C, 0x36), 0x73, 0x7D,
)  # fmt: skip
"""The XT scan codes of the keys that differ between layouts, row by row from the top left."""

# fmt: off
# ruff: noqa: E501
TABLES: dict[str, tuple[str, tuple[str, str, str, str]]] = {
    "us": ("English (US)", (
        "`1234567890-=qwertyuiop[]asdfghjkl;'\\ zxcvbnm,./",
        "~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"| ZXCVBNM<>?",
        "",
        "",
    )),
    "gb": ("English (UK)", (
        "`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
        "¬!\"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?",
        "|¹²³€½¾{[]}\\\u0327@ł ¶ŧ←↓→øþ\u0308\u0303æßðđŋħ\u0309ĸł\u0301\u0302\u0300|«»¢“” µ ·\u0323",
        " ¡⅛ ¼⅜⅝⅞™±°¿\u0328ΩŁ ®Ŧ¥↑ıØÞ\u030a\u0304Æ§ÐªŊĦ\u031b&Ł\u030b\u030c\u0306¦<>©‘’ º×÷\u0307",
    )),
    "de": ("German", (
        "\u03021234567890ß\u0301qwertzuiopü+asdfghjklöä#<yxcvbnm,.-",
        "°!\"§$%&/()=?\u0300QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
        "¬¹²³¼½¬{[]}\\¸@ł€¶ŧ←↓→øþ¨~æſðđŋħ\u0323ĸł  ’|»«¢„“”µ·…–",
        " ¡⅛£¤⅜⅝⅞™±°¿ ΩŁ ®Ŧ¥↑ıØÞ ¯ÆẞÐªŊĦ\u0307&Ł    ›‹©‚‘’º×÷—",
    )),
    "de-nodeadkeys": ("German (no dead keys)", (
        "^1234567890ß´qwertzuiopü+asdfghjklöä#<yxcvbnm,.-",
        "°!\"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
        "¬¹²³¼½¬{[]}\\¸@ł€¶ŧ←↓→øþ¨~æſðđŋħ\u0323ĸł˝^’|»«¢„“”µ·…–",
        " ¡⅛£¤⅜⅝⅞™±°¿ ΩŁ ®Ŧ¥↑ıØÞ ¯ÆẞÐªŊĦ\u0307&Ł  ` ›‹©‚‘’º×÷—",
    )),
    "fr": ("French", (
        "²&é\"'(-è_çà)=azertyuiop\u0302$qsdfghjklmù*<wxcvbn,;:!",
        "~1234567890°+AZERTYUIOP\u0308£QSDFGHJKLM%µ>WXCVBN?./§",
        "¬¹~#{[|`\\^@]}æ«€¶ŧ←↓→øþ\u0308¤@ßðđŋħ\u0309ĸłµ^`|ł»¢“” ´ ·\u0323",
        " ¡⅛£$⅜⅝⅞™±°¿˛Æ<¢®Ŧ¥↑ıØÞ\u030a¯Ω§ÐªŊĦ\u031b&Łºˇ˘¦Ł>©‘’ ˝×÷˙",
    )),
    "fr-nodeadkeys": ("French (no dead keys)", (
        "²&é\"'(-è_çà)=azertyuiop^$qsdfghjklmù*<wxcvbn,;:!",
        "~1234567890°+AZERTYUIOP¨£QSDFGHJKLM%µ>WXCVBN?./§",
        "¬¹~#{[|`\\^@]}æ«€¶ŧ←↓→øþ\u0308¤@ßðđŋħ\u0309ĸłµ^`|ł»¢“” ´ ·\u0323",
        " ¡⅛£$⅜⅝⅞™±°¿˛Æ<¢®Ŧ¥↑ıØÞ\u030a¯Ω§ÐªŊĦ\u031b&Łºˇ˘¦Ł>©‘’ ˝×÷˙",
    )),
    "es": ("Spanish", (
        "º1234567890'¡qwertyuiop\u0300+asdfghjklñ\u0301ç<zxcvbnm,.-",
        "ª!\"·$%&/()=?¿QWERTYUIOP\u0302*ASDFGHJKLÑ\u0308Ç>ZXCVBNM;:_",
        "\\|@#~½¬{[]}\\\u0303@ł€¶ŧ←↓→øþ[]æßðđŋħ\u0309ĸł~{}|«»¢“” µ ·\u0323",
        " ¡⅛£ ⅜⅝⅞™±°¿~ΩŁ¢®Ŧ¥↑ıØÞ\u030a\u0304Æ§ÐªŊĦ\u031b&Ł\u030b \u0306¦<>©‘’ º×÷\u0307",
    )),
    "it": ("Italian", (
        "\\1234567890'ìqwertyuiopè+asdfghjklòàù<zxcvbnm,.-",
        "|!\"£$%&/()=?^QWERTYUIOPé*ASDFGHJKLç°§>ZXCVBNM;:_",
        "¬¹²³¼½¬{[]}`~@ł€¶ŧ←↓→øþ[]æßðđŋħ\u0309ĸł@#\u0300««»¢“”ñµ\u0301·\u0304",
        "¦¡\u030b\u0303⅛⅜⅝⅞™±\u0328¿\u0302ΩŁ¢®Ŧ¥↑ıØÞ{}Æ§ÐªŊĦ\u031b&Ł\u0327\u030a\u0306»<>©‘’Ñº×\u0308÷",
    )),
    "pt": ("Portuguese", (
        "\\1234567890'«qwertyuiop+\u0301asdfghjklçº\u0303<zxcvbnm,.-",
        "|!\"#$%&/()=?»QWERTYUIOP*\u0300ASDFGHJKLÇª\u0302>ZXCVBNM;:_",
        "¬¹@£§½¬{[]}\\\u0327@ł€¶ŧ←↓→øþ\u0308\u0303æßðđŋħ\u0309ĸł\u0301\u0302\u0300\\«»¢“” µ ·\u0323",
        " ¡⅛  ⅜⅝⅞™±°¿\u0328ΩŁ¢®Ŧ¥↑ıØÞ\u030a\u0304Æ§ÐªŊĦ\u031b&Ł\u030b\u030c\u0306 <>©‘’ º×÷\u0307",
    )),
    "br": ("Portuguese (Brazil)", (
        "'1234567890-=qwertyuiop\u0301[asdfghjklç\u0303]\\zxcvbnm,.;/",
        "\"!@#$%\u0308&*()_+QWERTYUIOP\u0300{ASDFGHJKLÇ\u0302}|ZXCVBNM<>:?",
        "¬¹²³£¢¬{[]}\\§/?€®ŧ←↓→øþ´ªæßðđŋħ\u0309ĸł\u0301~ºº«»©“” µ ·\u0323°",
        " ¡½¾¼⅜¨⅞™±°¿\u0328    Ŧ¥↑ıØÞ`\u0304Æ§ÐªŊĦ\u031b&Ł\u030b^ \u0306<> ‘’  ×÷\u0307¿",
    )),
    "ch": ("German (Switzerland)", (
        "§1234567890'\u0302qwertzuiopü\u0308asdfghjklöä$<yxcvbnm,.-",
        "°+\"*ç%&/()=?\u0300QWERTZUIOPè!ASDFGHJKLéà£>YXCVBNM;:_",
        "¬|@#¼½¬|¢]}\u0301\u0303@ł€¶ŧ←↓→œþ[]æßðđŋħ\u0309ĸł\u0301{}\\«»¢“” µ ·\u0323",
        " ¡⅛£$⅜⅝⅞™±°¿\u0328ΩŁ ®Ŧ¥↑ıŒÞ\u030a\u0304Æ§ÐªŊĦ\u031b&Ł\u030b\u030c\u0306¦<>©‘’ º×÷\u0307",
    )),
    "ch-fr": ("French (Switzerland)", (
        "§1234567890'\u0302qwertzuiopè\u0308asdfghjkléà$<yxcvbnm,.-",
        "°+\"*ç%&/()=?\u0300QWERTZUIOPü!ASDFGHJKLöä£>YXCVBNM;:_",
        "¬|@#¼½¬|¢]}\u0301\u0303@ł€¶ŧ←↓→œþ[]æßðđŋħ\u0309ĸł\u0301{}\\«»¢“” µ ·\u0323",
        " ¡⅛£$⅜⅝⅞™±°¿\u0328ΩŁ ®Ŧ¥↑ıŒÞ\u030a\u0304Æ§ÐªŊĦ\u031b&Ł\u030b\u030c\u0306¦<>©‘’ º×÷\u0307",
    )),
    "be": ("Belgian", (
        "²&é\"'(§è!çà)-azertyuiop\u0302$qsdfghjklmùµ<wxcvbn,;:=",
        "³1234567890°_AZERTYUIOP\u0308*QSDFGHJKLM%£>WXCVBN?./+",
        "¬|@#¼½^{[{}\\\u0327@ł€¶ŧ←↓→œþ[]æßðđŋħ\u0309ĸł\u0301\u0301\u0300\\«»¢“” \u0327 ·\u0303",
        " ¡⅛£$⅜⅝⅞™±°¿\u0328ΩŁ¢®Ŧ¥↑ıŒÞ\u030a\u0304Æ§ÐªŊĦ\u031b&Ł\u030b\u030c\u0306 <>©‘’ º×÷\u0307",
    )),
    "ca": ("French (Canada)", (
        "#1234567890-=qwertyuiop\u0302\u0327asdfghjkl;\u0300<«zxcvbnm,.é",
        "|!\"/$%?&*()_+QWERTYUIOP \u0308ASDFGHJKL: >»ZXCVBNM' É",
        "\\±@£¢¤¬¦²³¼½¾        §¶[]         ~{}°      µ¯\u00ad\u0301",
        "                                     ¦",
    )),
    "nl": ("Dutch", (
        "@1234567890/°qwertyuiop\u0308*asdfghjkl+\u0301<]zxcvbnm,.-",
        "§!\"#$%&_()'?\u0303QWERTYUIOP\u0302|ASDFGHJKL±\u0300>[ZXCVBNM;:=",
        "¬¹²³¼½¾£{}°\\\u0327@ł€¶þÿüïò¶~\u0303áßðªŋħ\u0309ĸł\u0301'\u0300|«»¢“”ñμ¸·\u00ad",
        " ¡⅛£ ⅜⅝⅞[]™¿\u0328ΩŁ¢®Þ¥ÜÏÒÞ^\u0304Á§Ð ŊĦ\u031b&Ł\u030b`\u0306¦<>©‘’Ñº«»\u0307",
    )),
    "no": ("Norwegian", (
        "|1234567890+\\qwertyuiopå\u0308asdfghjkløæ'<zxcvbnm,.-",
        "§!\"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLØÆ*>ZXCVBNM;:_",
        "¦¡@£$½¥{[]}±\u0301@ł€®þ←↓→œπ\u0308\u0303ªßðđŋħ\u0309ĸł\u0301\u0302\u030b½«»©“” µ\u0327…–",
        "¶¹²³¼‰⅝÷«»°¿¬ΩŁ¢™Þ¥↑ıŒΠ\u030a\u030cº§ÐªŊĦ\u031b&Ł\u030b\u030c×¾<> ‘’ º\u0328·—",
    )),
    "dk": ("Danish", (
        "½1234567890+\u0301qwertyuiopå\u0308asdfghjklæø'<zxcvbnm,.-",
        "§!\"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÆØ*>ZXCVBNM;:_",
        "¾¡@£$½¥{[]}±|@ł€®þ←↓→œþ\u0308\u0303ªßðđŋħ\u0309ĸł\u0301\u0302\u030b\\«»©“” µ\u0327·\u0323",
        "¶¹²³¼¢⅝÷«»°¿¦ΩŁ¢ Þ¥↑ıŒÞ\u030a\u030cº§ÐªŊĦ\u031b&Ł\u030b\u030c×¬<> ‘’ º\u0328\u0307\u0307",
    )),
    "fi": ("Finnish", (
        "§1234567890+\u0301qwertyuiopå\u0308asdfghjklöä'<zxcvbnm,.-",
        "½!\"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÖÄ*>ZXCVBNM;:_",
        "\u0338 @£$‰‚{[]}\\\u0327  € þ  ıœ\u031b\u030b\u0303əßð    ĸ\u0338øæ\u030c|ʒ×   ŋµ’\u0323–",
        " ¡”»«“„ <>°¿\u0328    Þ  |Œ\u0309\u030a\u0304Ə Ð      ØÆ\u0306¦Ʒ·   Ŋ—‘\u0307",
    )),
    "pl": ("Polish", (
        "`1234567890-=qwertyuiop[]asdfghjkl;'\\ zxcvbnm,./",
        "~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"| ZXCVBNM<>?",
        "¬≠²³¢€½§·«»–\u0327πœę©ß←↓→óþ\u0308\u0303ąśðæŋ’ə…ł\u0301\u0302\u0300 żźć„”ńµ≤≥\u0323",
        "∨¡¿£¼‰∧≅¾±°—\u0328ΩŒĘ®™¥↑↔ÓÞ\u030a\u0304ĄŚÐÆŊ•Ə\u0338Ł\u030b\u030c\u0306 ŻŹĆ‘“Ń∞×÷\u0307",
    )),
    "cz": ("Czech", (
        ";+ěščřžýáíé=\u0301qwertzuiopú)asdfghjklů§\u0308\\yxcvbnm,.-",
        "\u030a1234567890%\u030cQWERTZUIOP/(ASDFGHJKL\"!'|YXCVBNM?:_",
        "`!@#$%^&*{}\\\u0304\\|€¶ŧ←↓→øþ[]~đĐ[]`'łŁ$'\\/°#&@{}^<>*",
        "~\u0303\u030c\u0302\u0306\u030a\u0328\u0300\u0307\u0301\u030b\u0308\u0327ΩŁ ®Ŧ¥↑ıØÞ÷×Æ§ÐªŊĦ\u031b& \u030bß|¦<>©‘’ º×÷\u0307",
    )),
    "hu": ("Hungarian", (
        "0123456789öüóqwertzuiopőúasdfghjkléáűíyxcvbnm,.-",
        "§'\"+!%/=()ÖÜÓQWERTZUIOPŐÚASDFGHJKLÉÁŰÍYXCVBNM?:_",
        "¬~\u030c^\u0306\u030a\u0328`\u0307\u0301\u030b\u0308\u0327\\|Ä¶ŧ–€Í„”÷×äđĐ[]ħíłŁ$ß¤<>#&@{}<;>*",
        " \u0303ˇ\u0302˘°˛\u0300˙´˝¨¸ΩŁ ®Ŧ¥↑íØÞ\u030a\u0304Ä§ÐªŊĦÍ& ¢\u030c\u0306><>©‘’ º×÷\u0307",
    )),
    "tr": ("Turkish", (
        "\"1234567890*-qwertyuıopğüasdfghjklşi,<zxcvbnmöç.",
        "é!'^+%&/()=?_QWERTYUIOPĞÜASDFGHJKLŞİ;>ZXCVBNMÖÇ:",
        "<>£#$½¾{[]}\\|@ €¶₺←ûîô \u0308~â§ ª  \u0309  ´'`|«»¢“” µ×·\u0307",
        "°¡²³¼⅜   ±°¿ Ω  ® ¥ÛÎÔ \u030a\u0304Â     \u031b  \u0301\u030c\u0300¦<>©‘’ º ÷",
    )),
    "jp": ("Japanese", (
        " 1234567890-^qwertyuiop@[asdfghjkl;:] zxcvbnm,./\\\\",
        " !\"#$%&'()~=~QWERTYUIOP`{ASDFGHJKL+*} ZXCVBNM<>?_|",
        "",
        "",
    )),
}
"""Each layout's title and rows, by its name as XKB has it."""
# fmt: on
