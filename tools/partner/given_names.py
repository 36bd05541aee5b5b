"""Given names, and by which other spellings and short forms each is known.

"Mark" and "Mary" are one letter apart, and a couple; "Bill" and "William" hardly share
one, and are one man. Only a list knows. A name that is not in it is compared by its
letters.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

# One name a line in all its spellings, then its short forms. All are without accents.
# Two short forms of one name are not taken for one person: Chris and Tina are not.
_FORMS: Final = """
abigail | abby gail
alan allan allen
albert | al bert
alexander alejandro alexandre alessandro aleksander | alex sandro xander
alexandra alejandra aleksandra | alex lexi
alfred alfredo | al fred
alison allison
amanda | mandy
andreas anders
andrew andres | andy drew
angela | angie
anna ana
anne ann | annie
anthony antonio anton antoine | tony
antonia | toni
arthur arturo | art
barbara barb | babs
beatrice beatriz | bea trixie
benjamin | ben benny benji
bernard bernd bernhard bernardo | bernie
brian bryan
brigitte birgit | gitta
camilla camille
carina karina
carl karl
carla karla
carol carole
carolina caroline karoline | carrie
catherine katherine kathryn catharine katharina | cathy kathy kate katie katy cat kit
cecilia cecile
charles | charlie chuck chas
charlotte lotte | charlie lottie
christian | chris
christina kristina | chris tina chrissy
christine | chris chrissy
christopher christoph | chris kris topher
claire clare clara klara
connor conor
constance | connie
cynthia | cindy
daniel | dan danny
daniela danielle | dani
david | dave davey
deborah debra | debbie deb
dennis denis
diana diane
dina dinah
dominic dominik | nick
donald | don donny
dorothy dorothea | dot dora
douglas | doug
edmund | ed
edward eduardo edouard | ed eddie ted teddy ned
edwin | ed
eleanor eleonore leonora | ellie nora
elisa elise
elizabeth elisabeth | liz lizzie beth betty eliza lisa elsa
emil emile emilio
emilia emily emilie
eric erik erich
erica erika
ernest ernst ernesto | ernie
esther ester
etienne esteban stefano
eugene | gene
eva eve | evie
felicia felicity
fernando ferdinand
flora florence
frances | fran franny
francesca franziska francisca
francis francisco francesco francois franz | frank paco
frederick frederic friedrich federico | fred freddy fritz
frieda frida freda
gabriel | gabe
gabriela gabriele gabrielle | gaby gabby
gary garry
geoffrey jeffrey | jeff geoff
george georg jorge georges giorgio
georgia georgina
gerald gerard gerhard | gerry jerry
gertrude | trudy
gilbert | gil
gisela giselle
giuseppe joseph jose josef | joe pepe
graham graeme
gregory gregor | greg
gustav gustavo
hannah hanna
hans johannes johan
harold | harry hal
harriet | hattie
hasan hassan
helen helena helene
henry henrik heinrich enrique henri | harry hank
herbert | herb bert
hugh hugo
ines inez
isabel isabelle isabell | izzy
isabella | bella
jacob jakob | jake
jacqueline | jackie
james | jim jimmy jamie
jasmin jasmine
javier xavier
jennifer | jen jenny jenn
jeremy jeremiah | jerry
jessica | jess jessie
joachim joaquin jochen
joanna joanne johanna | jo
john johann johan | johnny jon
jonathan | jon johnny
josephine josefine | josie jo
joshua | josh
judith judy judit
julia giulia
julian julien
juliette juliet
julius jules
karen karin
kenneth | ken kenny
khaled khalid
kimberly | kim
kirsten kristen kristin
klaus claus
kurt curt
lawrence laurence lorenzo laurent | larry
lea leah
leo leon leonardo leonard | lenny
lillian lilian | lily lilly
louis luis lewis | lou
louise luisa louisa | lou
lucas lukas luca luc | luke
lucia luzia
lucy lucie
ludwig luigi
madeleine madeline | maddie
magdalena | lena magda
marcus markus | marc mark marco
margaret margarita margarete | maggie meg peggy greta rita marge margot grete
marisa marissa
mark marc
martha marta
mary | molly
matthew mathew matteo mateo | matt
matthias mathias | matt mats
maurice moritz
maximilian maxwell maxim | max
maya maja
megan meghan | meg
meike maike
melanie | mel
melissa | mel missy lissa
michael mikael miguel michel | mike mick mikey mickey
michelle michele
mildred | millie
monica monika monique
nadia nadja
natalie natalia nathalie | nat
nathan nathaniel | nat nate
neil neal
nicholas nicolas nikolas | nick nicky nico
nicola | nikki nicky
nicole | nikki nicky
norman | norm
oliver olivier | ollie
olivia | liv livia
oscar oskar
pamela | pam
patricia patrizia | pat patty tricia trish
patrick patricio | pat paddy
paul pavel
pauline paulina
penelope | penny
peter petr pieter | pete
philip phillip philipp philippe felipe | phil
quentin | quinn
rachel | raquel
rafael raphael
ralph ralf raoul raul
ramon raymond | ray
randall randolph | randy
rebecca rebekah | becky bec
reginald | reggie reg
renata renate | rena
richard ricardo | rick dick rich ricky richie
robert roberto | bob bobby rob robbie bert
robin robyn
roderick | rod
rodney | rod
roger rodger
ronald ronan | ron ronnie
rosa rose | rosie
rosemary | rosie
rudolf rudolph | rudy
russell | russ
sabine sabrina
samantha | sam sammy
samuel | sam sammy
sandra | sandy
sara sarah | sally sadie
sean shaun shawn
sebastian | seb
sergio serge sergey
sibylle sybil
silvia sylvia sylvie
simon simeon
sofia sophia sophie
sonia sonja sonya
stanley | stan
stephanie stefanie stefania | steph
stephen steven stefan stephan | steve stevie
stuart stewart | stu
susan susanne susanna suzanne | sue susi suzie susie
tamara | tammy
tanya tania tanja
terence terrence | terry
teresa theresa therese | terry tess tessa
thea dorothea
theodore theodor | theo ted teddy
thomas tomas | tom tommy thom
tilda matilda mathilda | tilly
timothy | tim timmy
tobias | toby
tracy tracey
ulrich | uli
ulrike | uli ulli
valerie valeria | val
vanessa | nessa
veronica veronika | ronnie
victor viktor | vic
victoria viktoria | vicky tori vicki
vincent vincenzo | vince vinnie
virginia | ginny ginger
vivian vivienne
walter | walt wally
werner warner
wesley | wes
william wilhelm guillermo guillaume | will bill billy willy liam
wolfgang | wolf
zachary | zach zack
"""

# Those that are known by no other form.
_ALONE: Final = """
aaron abel ada adam adrian adriana agnes aida aidan aileen ali alice alicia alina alma
amelia amina amir amy andre andrea anita anja anka anke annette annika anya arne audrey
axel ayla barry bianca boris brandon brenda brendan bruce bruno cameron cara carlos
carmen celia chloe ciara clark claude claudia cleo clive colin cora craig curtis dale
damon dana daria dario darren dawn dean delia denise derek diego dolores dominique donna
doris dylan earl edgar edith eileen elaine elena elias elijah ella ellen elsie emma erin
ernestine ethan evan evelyn fabian faith farah felix fiona florian gavin geraldine gina
gita glen glenda gloria gordon grace guy gwen hana harvey hazel heather heidi heike
heiko henriette holly hope howard ian ida ina inga ingrid ira irene iris irma isaac isla
ivan ivo ivor jack jade jaden jan jana jane janet janice janina janine jason jayden jean
jeanne jerome jesse jill joan joel jonah jonas jordan joy joyce juan juana juliana julie
june justin kara karim katrin katrina kay kayla keiko keith kelly kerry kevin kira kyle
kylie lara larissa lars laura lauren layla leander leni leona leonie levi lina linda
lois lola lora lorena lorenz lorna lorraine luna lydia lynn mabel malcolm manuel manuela
mara marcel marcella margit maria mariam marian mariana marianne marie marilyn marina
mario marion marius marla martin martina marvin mason maura maureen maxine melina mia
michaela mila milan miles mina mira miranda miriam moira mona myra nadine nancy naomi
natasha nell nellie nia niall nigel nina noah noel norma olive otto owen pablo paige
paula pedro perry petra philippa phyllis pierre polly priscilla ramona regina reiko rene
roberta roland rolf roman ronja rory rosalie ross rowan roy ruby ruth ryan salma samir
samira saul scott selina selma serena seth sharon sheila shirley simone stella sven
svenja tara tiffany till todd trevor tristan troy tyler ulla ursula vera verena viola
violet wade wanda warren wayne wendy wilhelmina willow winston yolanda yvette yvonne
zara zoe
"""


def _index() -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Return the lines that a word stands in: as a whole name, and in any form."""
    whole: dict[str, set[int]] = defaultdict(set)
    every: dict[str, set[int]] = defaultdict(set)
    lines = [*_FORMS.strip().split("\n"), *_ALONE.split()]
    for number, line in enumerate(lines):
        names, _bar, forms = line.partition("|")
        for name in names.split():
            whole[name].add(number)
        for name in (*names.split(), *forms.split()):
            every[name].add(number)
    return whole, every


_WHOLE, _EVERY = _index()


def is_same_given_name(one: str, another: str) -> bool | None:
    """Tell whether two folded words are one given name; None when one is unknown."""
    if one not in _EVERY or another not in _EVERY:
        return None
    first, second = _WHOLE.get(one, set()), _WHOLE.get(another, set())
    return bool(first & _EVERY[another] or second & _EVERY[one])
