"""Addresses of the collateral."""

from django.urls import path

from .views import caps, goods, margins, matches, naming, pledges, prices, registers, stock

app_name = "collateral"
urlpatterns = [
    path("matches/", matches.MatchList.as_view(), name="match-list"),
    path("matches/<int:pk>/", matches.MatchPage.as_view(), name="match"),
    path("registers/", registers.RegisterList.as_view(), name="register-list"),
    path("stock/", stock.StockList.as_view(), name="stock-list"),
    path("stock/<int:pk>/", stock.StockPage.as_view(), name="stock"),
    path("stock/<int:pk>/count/", stock.RecordCount.as_view(), name="stock-count"),
    path("stock/<int:pk>/capacity/", stock.SetCapacity.as_view(), name="stock-capacity"),
    path("stock/lock/<str:reference>/", stock.Lock.as_view(), name="stock-lock"),
    path("stock/lines/<int:pk>/release/", stock.HandOut.as_view(), name="stock-release"),
    path("prices/", prices.PriceList.as_view(), name="price-list"),
    path("prices/enter/", prices.Enter.as_view(), name="price-enter"),
    path("prices/upload/", prices.Upload.as_view(), name="price-upload"),
    path("prices/decide/", prices.Decide.as_view(), name="price-decide"),
    path("caps/", caps.CapList.as_view(), name="cap-list"),
    path("caps/<int:pk>/", caps.CapPage.as_view(), name="cap"),
    path("caps/enter/", caps.Enter.as_view(), name="cap-enter"),
    path("caps/decide/", caps.Decide.as_view(), name="cap-decide"),
    path("pledges/<str:number>/waive/", pledges.Waive.as_view(), name="pledge-waive"),
    path("pledges/<str:number>/take-back/", pledges.TakeBack.as_view(), name="pledge-take-back"),
    path("pledges/<str:number>/endorse/", pledges.Endorse.as_view(), name="pledge-endorse"),
    path("pledges/<str:number>/evidence/<int:pk>/", pledges.EvidenceFile.as_view(), name="pledge-evidence"),
    path("goods/<int:pk>/", goods.GoodsLife.as_view(), name="goods-life"),
    path("goods/<int:pk>/name/", naming.SayWhat.as_view(), name="goods-name"),
    path("margin/", margins.MarginList.as_view(), name="margin-list"),
    path("margin/<int:pk>/extend/", margins.Extend.as_view(), name="margin-extend"),
    path("margin/<int:pk>/sell/", margins.Sell.as_view(), name="margin-sell"),
    path("margin/<int:pk>/sold/", margins.RecordSale.as_view(), name="margin-sold"),
    path("margin/<int:pk>/call-off/", margins.CallOff.as_view(), name="margin-call-off"),
]
